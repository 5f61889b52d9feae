//! Healing: the rules over reports that are made up, and whole runs over models of AWS, with a table and a topic in memory.

mod faults;
mod histories;
mod judge;
mod run;
mod scene;
