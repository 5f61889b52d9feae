//! What OUs are called by their paths.

use std::collections::{BTreeMap, VecDeque};

use crate::aws::{LISTINGS, Problem, Progress, Session, failed};

/// The root as `Root`, and OUs by the names from the root down, each by its id. An OU that has the name of another beside
/// it, and what is below such a one, has no path; nor has a name with a slash.
///
/// # Errors
/// What cannot be read.
pub async fn paths(
    session: &Session,
    progress: &Progress,
) -> Result<BTreeMap<String, String>, Problem> {
    let root = session.reader().organizations.root_id().await;
    let root = root.map_err(failed("read the organization's root", "ListRoots"))?;
    let units = session.reader_at_pace(LISTINGS).organizations;
    let mut paths = BTreeMap::from([(root.clone(), "Root".to_owned())]);
    let mut parents = VecDeque::from([(root, String::new())]);
    progress.expect(1);
    while let Some((parent, path)) = parents.pop_front() {
        let children = units.units_under(&parent).await;
        let what = format!("list the OUs of {parent}");
        let children = children.map_err(failed(&what, "ListOrganizationalUnitsForParent"))?;
        progress.one();
        for child in &children {
            let same = children.iter().filter(|other| other.name == child.name).count();
            if same > 1 || child.name.contains('/') {
                continue;
            }
            let path = format!("{path}/{}", child.name);
            paths.insert(child.id.clone(), path.clone());
            parents.push_back((child.id.clone(), path));
            progress.expect(1);
        }
    }
    Ok(paths)
}
