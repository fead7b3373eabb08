//! Pages to structured fields.

pub mod address;
pub mod block;
pub mod candidate;
pub mod checkbox;
pub mod form;
pub mod ink;
pub mod kind;
pub mod pairs;
pub mod style;
