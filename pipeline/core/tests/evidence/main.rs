//! Evidence cells: a course that a teacher can follow, and the laws that hold for any.

mod cases;
mod course;
mod set_not_order;
