//! A value that a flag sets, and the version that a file is for.

use crate::STACK;
use crate::binary::Project;

#[test]
fn a_value_that_a_flag_sets_counts_and_what_is_wrong_with_it_is_told_in_the_flag() {
    let project = Project::of(STACK);
    let stderr = "\
error[out-of-range]: `trigger.memory_mb` must be between 128 and 10240
 --> --set:1:19
  |
1 | trigger.memory_mb=64
  |                   ^^
  |
  = help: Lambda gives a function 128 to 10240 MB

1 error in --set
";
    let set = ["--set", "trigger.memory_mb=64", "--set", "region=eu-central-1"];
    for command in ["check", "plan"] {
        project.run(&[&[command], &set[..]].concat(), &[]).is(4, "", stderr);
    }
    let named =
        ["permissions", "plan", "--account", "123456789012", "--set", "name=shop", "-o", "json"];
    let run = project.run(&named, &[]);
    assert!(run.code == 0 && run.stdout.contains("shop-pre-token"), "{}", run.stdout);
}

#[test]
fn a_file_for_another_version_is_refused_before_its_newer_keys_are() {
    let newer = format!("required_version = \">= 99\"\n{STACK}when = \"later\"\n");
    let version = env!("CARGO_PKG_VERSION");
    let stderr = format!(
        "\
error[unmet-version]: the file is for pretoken >= 99, and this is pretoken {version}
 --> deploy.toml:1:20
  |
1 | required_version = \">= 99\"
  |                    ^^^^^^^ {version} is none of these
  |
  = help: get another: `uvx 'pretoken>=99'`, `pip install --upgrade pretoken`, `npx pretoken@VERSION`, or an archive of its releases

1 error in deploy.toml
"
    );
    Project::of(&newer).run(&["plan"], &[]).is(4, "", &stderr);
}
