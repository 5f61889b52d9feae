//! `Custom::OrgPolicy`: one policy of the organization.

pub mod pipeline;
pub mod desired;
mod properties;
pub mod ownership;
pub mod observed;
mod tree;
pub mod plan;
pub mod apply;
