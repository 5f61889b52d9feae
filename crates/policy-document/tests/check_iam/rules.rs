//! Which rules there are.

use super::*;

#[test]
fn the_catalogue_has_its_rules() {
    let is_there = |code: &&str| all_rules().any(|rule| rule.code == *code);
    let there = OF_THE_CATALOGUE.iter().filter(|code| is_there(code)).count();
    let expected = if cfg!(feature = "catalogue") { OF_THE_CATALOGUE.len() } else { 0 };
    assert_eq!(there, expected);
}
