//! One module a command.

pub(crate) mod audit;
pub(crate) mod check;
pub(crate) mod demo;
pub(crate) mod dlq;
pub(crate) mod doctor;
pub(crate) mod export;
pub(crate) mod import_archive;
pub(crate) mod import_oulad;
pub(crate) mod intake;
pub(crate) mod rejected;
pub(crate) mod route;
pub(crate) mod run;
pub(crate) mod score;
pub(crate) mod show;
pub(crate) mod signals;
pub(crate) mod simulate;
pub(crate) mod tables;
pub(crate) mod ticker;
