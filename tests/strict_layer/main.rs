//! The strict layer's own rules: each is seen to be as unkind as AWS, in AWS's words.

#[path = "../strict/mod.rs"]
mod strict;

mod aws;
mod clients;
mod faults;
mod functions;
mod pools;
mod rejections;
mod sign_ins;
mod wire;
