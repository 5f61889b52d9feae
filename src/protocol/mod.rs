//! What CloudFormation sends and takes.

pub mod request;
pub mod properties;
pub mod response;
