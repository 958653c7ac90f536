//! What the SDK takes from variables and profiles holds for everything that a run reaches.

use crate::stack::Stack;

#[test]
fn keys_and_tokens_follow_the_endpoint_of_a_profile() {
    let stack = Stack::new();
    let profile = format!("[profile emulator]\nendpoint_url = {}\n", stack.aws.url());
    std::fs::write(stack.path("config"), profile).expect("written");
    let mut up = stack.command(&["up", "--yes"]);
    up.env_remove("AWS_ENDPOINT_URL");
    up.env("AWS_CONFIG_FILE", stack.path("config")).env("AWS_PROFILE", "emulator");
    crate::binary::Run::new(up.output().expect("the binary runs")).exits(0);
    let keys = |call: &crate::strict::Called| call.operation.ends_with("/.well-known/jwks.json");
    assert!(stack.aws.calls().iter().any(keys), "the keys were asked elsewhere");
}
