//! The custom-resource protocol: what CloudFormation sends, and what it is sent back. Physical ids
//! are text here; what they mean is for each resource to say.
//!
//! Source: the custom resource request and response reference of the CloudFormation user guide.

pub mod deliver;
pub mod response;
pub mod properties;
pub mod request;
pub mod event;
pub mod response_url;
