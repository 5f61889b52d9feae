//! The Regions that AWS has, for the policies of every type. A text that has not the form of a Region is an error,
//! one that has it and is missing here a warning.

use super::near::nearest;
use crate::arn::is_region;

/// What a text is that stands where a Region has to.
pub(super) enum Region {
    /// A Region.
    Known,
    /// One that AWS may have by now, by its form.
    Unknown,
    /// None at all.
    None,
}

impl Region {
    pub fn of(text: &str) -> Self {
        match text {
            _ if REGIONS.contains(&text) => Self::Known,
            _ if is_region(text) => Self::Unknown,
            _ => Self::None,
        }
    }
}

/// The Region that was probably meant, or one of these words.
pub(super) fn nearest_region<'a>(
    text: &str,
    words: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    nearest(text, words.into_iter().chain(REGIONS.iter().copied()))
}

/// The Regions of all partitions.
///
/// Source: AWS's SDKs (partitions.json of botocore 1.44, 2026-11). A Region that is missing here
/// gets a warning, no error.
const REGIONS: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-isoe-west-1",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eusc-de-east-1",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-iso-east-1",
    "us-iso-west-1",
    "us-isob-east-1",
    "us-isob-west-1",
    "us-isof-east-1",
    "us-isof-south-1",
    "us-west-1",
    "us-west-2",
];
