//! `Custom::OrgPolicy`: one policy of the organization.
//!
//! ```text
//! desired → observed → plan → apply
//! ```

pub mod drift;
pub mod pipeline;
mod explain;
pub mod apply;
pub mod removal;
pub mod plan;
mod take_over;
pub mod step;
pub mod creation;
pub mod observed_removal;
pub mod observed;
pub mod second_look;
pub mod tree;
pub mod desired;
pub mod properties;
pub mod target;
pub mod digest;
pub mod ownership;
pub mod physical_id;
