//! `deploy.toml` from outside: what it is refused for, in which words, and what it becomes.
//!
//! Each `tests/broken/NAME.toml` is a file that is wrong (or odd), and `NAME.stderr` the text that its author sees.
//! `UPDATE=1 cargo test --test config` writes the texts anew, for review.

#[path = "config/elsewhere.rs"]
mod elsewhere;

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use pretoken::config;
use pretoken::config::{
    AuthFlow, Config, ConfigError, EventVersion, Loaded, Selection, Severity, Tier,
};
use pretoken::model::aws_api;
use pretoken::tokens::hints::hints;
use pretoken::tokens::promises::broken_promises;
use serde_json::Value;

type Outcome = Result<(), Box<dyn Error>>;

/// In November 2026.
const NOW: i64 = 1_795_406_706;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The repository's own file, in an environment.
fn repository(env: Option<&str>) -> Result<Loaded, ConfigError> {
    config::load(&root().join("deploy.toml"), env)
}

fn broken() -> Result<Vec<(PathBuf, String)>, std::io::Error> {
    let mut files = Vec::new();
    for entry in fs::read_dir(root().join("tests/broken"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            files.push((path.clone(), fs::read_to_string(path)?));
        }
    }
    files.sort();
    Ok(files)
}

/// What the author of a file is told; the first lines may be flags: `# -e prod`, `# --set trigger.memory_mb=256`.
fn verdict(text: &str) -> String {
    let flags = |flag: &'static str| {
        text.lines()
            .map_while(|line| line.strip_prefix("# "))
            .filter_map(move |line| line.strip_prefix(flag))
    };
    let overrides: Vec<_> = flags("--set ").map(str::to_owned).collect();
    // What a comment says is hidden everywhere.
    let text = text
        .split_inclusive('\n')
        .map(|line| if line.starts_with("# --set ") { "\n" } else { line });
    let text = &text.collect::<String>();
    let selection = Selection { overrides, ..Selection::of(flags("-e ").next()) };
    match config::parse_selected(text, "deploy.toml", &selection) {
        Ok(loaded) => [hints(&loaded, NOW).to_string(), broken_promises(&loaded, 0).to_string()]
            .into_iter()
            .filter(|text| !text.is_empty())
            .fold(String::new(), |all, text| all + &text + "\n"),
        Err(error) => {
            let hint = error.hint().map_or(String::new(), |hint| format!("hint: {hint}\n"));
            format!("{error}\n{hint}")
        }
    }
}

/// The smallest file, with `rest` after it.
fn small(rest: &str) -> String {
    format!("name = \"orders\"\n[pools.customers.clients.web]\n{rest}")
}

fn parse(text: &str, env: Option<&str>) -> Result<Config, ConfigError> {
    Ok(config::parse(text, "deploy.toml", env)?.config)
}

#[test]
fn broken_files_are_explained() -> Outcome {
    let files = broken()?;
    assert!(files.len() >= 40, "only {} files in tests/broken", files.len());
    let mut wrong = Vec::new();
    for (file, text) in files {
        let seen = verdict(&text);
        let expected = file.with_extension("stderr");
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&expected, &seen)?;
        }
        if seen.is_empty() || fs::read_to_string(&expected).ok().as_ref() != Some(&seen) {
            wrong.push(format!("{}:\n{seen}", file.display()));
        }
    }
    assert!(wrong.is_empty(), "told otherwise than in the .stderr files:\n{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn a_broken_file_never_shows_a_variable() -> Outcome {
    let files = broken()?;
    let secret: Vec<_> = files.iter().filter(|(_, text)| text.contains("hunter2")).collect();
    assert!(secret.len() >= 3);
    for (file, text) in secret {
        assert!(!verdict(text).contains("hunter2"), "{}", file.display());
    }
    Ok(())
}

#[test]
fn a_flag_sets_a_value_after_the_overlay() -> Outcome {
    let text = small(
        "[trigger]\nmemory_mb = 128\n[env.prod]\ntrigger.memory_mb = 256\ntrigger.timeout_s = 3\n",
    );
    let memory = |env, overrides: &[&str]| -> Result<_, ConfigError> {
        let overrides = overrides.iter().map(|one| (*one).to_owned()).collect();
        let selection = Selection { overrides, ..Selection::of(env) };
        let config = config::parse_selected(&text, "deploy.toml", &selection)?.config;
        Ok((
            config.trigger.memory_mb,
            config.trigger.timeout_s,
            config.trigger.architecture.as_str(),
        ))
    };
    assert_eq!(memory(Some("prod"), &[])?, (256, 3, "arm64"));
    let set = ["trigger.memory_mb=512", "trigger.architecture=x86_64", "trigger.memory_mb=1024"];
    assert_eq!(memory(Some("prod"), &set)?, (1024, 3, "x86_64"));
    assert_eq!(memory(None, &set[..1])?, (512, 5, "arm64"));
    // What is wrong with an environment that was not asked for is not the flag's fault, and is told all the same.
    let broken = text.replace("timeout_s = 3", "timeout_s = 30");
    let selection =
        Selection { overrides: vec!["trigger.timeout_s=4".to_owned()], ..Selection::default() };
    assert!(config::parse_selected(&broken, "deploy.toml", &selection).is_err());
    Ok(())
}

#[test]
fn what_is_wrong_with_a_flag_is_counted_from_its_own_beginning() -> Outcome {
    let selection = Selection {
        overrides: vec!["trigger.memory_mb=256".to_owned(), "trigger.timeout_s=9".to_owned()],
        ..Selection::default()
    };
    let Err(ConfigError::Invalid(problems)) =
        config::parse_selected(&small(""), "deploy.toml", &selection)
    else {
        return Err("a timeout of nine seconds".into());
    };
    let places: Vec<_> =
        problems.located().map(|at| (at.file, at.line, at.column, at.end_column)).collect();
    assert_eq!(places, [("--set".to_owned(), 1, 19, 20)]);
    assert_eq!(problems.summary(), "1 error in --set");
    Ok(())
}

#[test]
fn the_repositorys_own_file_is_valid_in_every_environment() -> Outcome {
    for loaded in config::load_every(&root().join("deploy.toml"), &Selection::default())? {
        let (promises, odd) = (broken_promises(&loaded, 0), hints(&loaded, NOW));
        assert!(promises.is_empty() && odd.is_empty(), "{:?}: {promises}{odd}", loaded.config.env);
    }
    let base = repository(None)?.config;
    assert_eq!(
        (base.env.as_deref(), base.stack().function_name().as_str()),
        (None, "orders-auth-pre-token")
    );
    assert_eq!((base.trigger.memory_mb, base.trigger.log_retention_days.days()), (128, Some(30)));
    assert_eq!(base.trigger.crate_dir, Some(root().join("trigger")));
    let prod = repository(Some("prod"))?.config;
    assert_eq!((prod.stack().prefix().as_str(), prod.trigger.memory_mb), ("orders-auth-prod", 256));
    assert!(prod.pools["customers"].deletion_protection);
    let test = repository(Some("pr-123"))?.config;
    assert_eq!(
        (test.env.as_deref(), test.trigger.log_retention_days.days()),
        (Some("pr-123"), Some(3))
    );
    assert!(!test.pools["customers"].deletion_protection);
    assert_eq!((test.rules, test.expect), (base.rules, base.expect));
    Ok(())
}

#[test]
fn the_repositorys_own_file_names_every_key() -> Outcome {
    fn keys(schema: &Value, found: &mut BTreeSet<String>) {
        match schema {
            Value::Object(entries) => {
                if let Some(Value::Object(properties)) = entries.get("properties") {
                    found.extend(properties.keys().cloned());
                }
                entries.values().for_each(|schema| keys(schema, found));
            }
            Value::Array(items) => items.iter().for_each(|schema| keys(schema, found)),
            _ => {}
        }
    }
    let text = fs::read_to_string(root().join("deploy.toml"))?;
    let words: BTreeSet<_> = text.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let mut found = BTreeSet::new();
    let mut schema = config::schema();
    // Those of AWS's own API are in its reference.
    for (kind, declarable) in [("Pool", &*aws_api::POOL), ("Client", &*aws_api::CLIENT)] {
        for kind in [kind, &format!("{kind}Overlay")] {
            let properties =
                schema["$defs"][kind]["properties"].as_object_mut().ok_or("a table")?;
            declarable.keys().for_each(|key| drop(properties.remove(key)));
            for section in
                aws_api::PoolSection::ALL.into_iter().filter(|_| kind.starts_with("Pool"))
            {
                assert!(properties.remove(section.key()).is_some(), "{kind} has {section:?}");
                assert!(words.contains(section.key()), "{section:?} is shown");
            }
        }
    }
    keys(&schema, &mut found);
    let missing: Vec<_> = found.iter().filter(|key| !words.contains(key.as_str())).collect();
    assert!(found.len() > 40 && missing.is_empty(), "{missing:?}");
    Ok(())
}

#[test]
fn nothing_is_lost_on_the_way_from_the_file_to_the_types() -> Outcome {
    let text = r#"
        name = "orders"
        region = "eu-west-1"
        allowed_account_ids = ["123456789012"]
        [trigger]
        crate = "trigger"
        architecture = "x86_64"
        event_version = "V3_0"
        memory_mb = 0x100
        timeout_s = 2
        log_retention_days = 3653
        environment = { RUST_LOG = "info" }
        keep_versions = 1_0
        [pools.staff]
        id = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AbC"
        clients.app.id = "1example"
        [pools.customers]
        tier = "PLUS"
        deletion_protection = false
        clients.web = { auth_flows = ["custom", "user-srp"], generate_secret = true, access_token_minutes = 5 }
        resource_servers."https://api.example.com/v1" = { name = "API", scopes = { read = "Read" } }
        groups = { "größe" = "" }
        [[rules]]
        name = "all of it"
        pools = ["customers"]
        clients = ["customers/web"]
        groups = ["größe"]
        groups_all = ["größe"]
        groups_none = ["others"]
        attributes = { a = "x", b = { one_of = ["x"] }, c = { present = false }, d = { prefix = "x" }, e = { equals = "x" } }
        client_metadata = { device = "phone" }
        scopes = ["openid"]
        trigger_sources = ["TokenGeneration_RefreshTokens"]
        not_before = 2026-01-01
        not_after = 2026-12-31T23:59:59Z
        add_scopes = ["https://api.example.com/v1/read"]
        suppress_scopes = ["email"]
        access_claims = { deep = { list = [1, -2.5, true, { x = "{client}" }] } }
        suppress_access_claims = ["c"]
        id_claims = { d = "e" }
        suppress_id_claims = ["f"]
        set_groups = []
        suppress_groups = ["g"]
        [[expect]]
        name = "all of it"
        pool = "customers"
        client = "web"
        groups = ["größe"]
        attributes = { "custom:plan" = "pro" }
        client_metadata = { device = "phone" }
        source = "TokenGeneration_RefreshTokens"
        scopes = ["openid"]
        not_scopes = ["email"]
        access_claims = { deep = { list = [1, -2.5] } }
        id_claims = { d = "e" }
    "#;
    let plain: Config = toml::from_str(text)?;
    let config = parse(text, None)?;
    assert_eq!(config, plain);
    assert_eq!((config.trigger.memory_mb, config.trigger.event_version), (256, EventVersion::V3_0));
    assert_eq!(config.pools["staff"].pool_id(), Some("eu-west-1_AbC"));
    assert_eq!(
        config.stack().resource_server_name("https://api.example.com/v1"),
        "orders-https---api.example.com-v1"
    );
    assert!(config.rules[0].not_before.is_some() && config.rules[0].set_groups.is_some());
    Ok(())
}

#[test]
fn what_is_left_out_has_its_default() -> Outcome {
    let config = parse(&small(""), None)?;
    let (trigger, pool) = (&config.trigger, &config.pools["customers"]);
    let client = &pool.clients["web"];
    assert_eq!(
        (
            trigger.memory_mb,
            trigger.timeout_s,
            trigger.log_retention_days.days(),
            trigger.keep_versions
        ),
        (128, 5, Some(30), 5)
    );
    assert_eq!((trigger.crate_dir.as_deref(), trigger.event_version), (None, EventVersion::V2_0));
    assert_eq!(
        (pool.tier, pool.deletion_protection, client.generate_secret),
        (Tier::Essentials, true, false)
    );
    assert_eq!(
        client.auth_flows,
        [AuthFlow::UserPassword, AuthFlow::AdminUserPassword, AuthFlow::RefreshToken]
    );
    assert_eq!(client.access_token_minutes, 60);
    Ok(())
}

#[test]
fn environments_merge_tables_and_replace_the_rest() -> Outcome {
    let text = small(
        r#"
        auth_flows = ["user-password", "refresh-token"]
        [pools.customers.groups]
        staff = "Staff"
        [[rules]]
        name = "base"
        add_scopes = ["openid"]
        [env."pr-*"]
        pools.customers.clients.web.auth_flows = ["user-srp"]
        pools.customers.groups.testers = "Testers"
        trigger.memory_mb = 200
        trigger.keep_versions = 1
        [env.pr-7]
        trigger.memory_mb = 400
        [env."*"]
        trigger.memory_mb = 300
        [[env."*".rules]]
        name = "replaced"
        add_scopes = ["email"]
        "#,
    );
    let names =
        |config: &Config| config.rules.iter().map(|rule| rule.name.clone()).collect::<Vec<_>>();
    let base = parse(&text, None)?;
    assert_eq!((base.trigger.memory_mb, names(&base)), (128, vec!["base".to_owned()]));
    let other = parse(&text, Some("other"))?;
    assert_eq!((other.trigger.memory_mb, names(&other)), (300, vec!["replaced".to_owned()]));
    // Patterns in the order of the file, then the exact name.
    let (eight, seven) = (parse(&text, Some("pr-8"))?, parse(&text, Some("pr-7"))?);
    assert_eq!((eight.trigger.memory_mb, seven.trigger.memory_mb), (300, 400));
    let pool = &seven.pools["customers"];
    assert_eq!(
        (pool.clients["web"].auth_flows.as_slice(), seven.trigger.keep_versions),
        (&[AuthFlow::UserSrp][..], 1)
    );
    assert_eq!(pool.groups.keys().collect::<Vec<_>>(), ["staff", "testers"]);
    Ok(())
}

#[test]
fn places_are_given_in_numbers() {
    let text = small("auth_flows = [\"user-password\",\n  \"magic\"]\n[trigger]\ntimeout_s = 9\n");
    let Err(ConfigError::Invalid(problems)) = parse(&text, None) else { panic!("two errors") };
    let located: Vec<_> = problems.located().collect();
    let places: Vec<_> =
        located.iter().map(|one| (one.line, one.column, one.end_line, one.end_column)).collect();
    assert_eq!(places, [(4, 3, 4, 10), (6, 13, 6, 14)]);
    assert!(located.iter().all(|one| one.file == "deploy.toml" && one.severity == Severity::Error));
    assert_eq!(located[1].message, "`trigger.timeout_s` must be between 1 and 5");
    assert_eq!(
        located[1].hint.as_deref(),
        Some("Cognito waits five seconds for a trigger, never longer")
    );
}

#[test]
fn colour_is_only_there_when_it_is_asked_for() {
    let Err(ConfigError::Invalid(problems)) = parse("name = 5", None) else { panic!("an error") };
    assert!(problems.render(true).contains('\u{1b}'));
    assert!(!problems.render(false).contains('\u{1b}'));
    assert_eq!(problems.render(false), problems.to_string());
}

#[test]
fn a_byte_order_mark_and_other_line_ends_are_no_trouble() -> Outcome {
    let text = format!("\u{feff}{}", small("").replace('\n', "\r\n"));
    assert_eq!(parse(&text, None)?.name, "orders");
    Ok(())
}

#[test]
fn what_cannot_be_read_is_said_with_help() -> Outcome {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("config");
    fs::create_dir_all(&directory)?;
    let latin = directory.join("latin.toml");
    fs::write(&latin, b"name = \"caf\xe9\"\n")?;
    let said = |path: &Path| match config::load(path, None) {
        Ok(_) => String::from("nothing"),
        Err(error) => format!("{error} / {}", error.hint().unwrap_or_default()),
    };
    let absent = said(Path::new("no-such.toml"));
    assert_eq!(
        absent,
        "cannot read `no-such.toml` / run from the project's directory, or name the file with `-f`"
    );
    let folder = said(&directory);
    assert!(
        folder.contains("/ name the file in it: `-f ") && folder.ends_with("deploy.toml`"),
        "{folder}"
    );
    let bytes = said(&latin);
    assert!(
        bytes.contains("not UTF-8") && bytes.contains("latin.toml:1:12") && bytes.contains("0xE9"),
        "{bytes}"
    );
    Ok(())
}

#[test]
fn an_environment_has_to_be_declared() -> Outcome {
    let text = small("[env.prod]\n[env.\"pr-*\"]");
    assert_eq!(parse(&text, Some("pr-1"))?.stack().prefix(), "orders-pr-1");
    assert!(matches!(parse(&text, Some("staging")), Err(ConfigError::UnknownEnvironment { .. })));
    for name in ["", "pr-*", "PR-1", "-x"] {
        assert!(
            matches!(parse(&text, Some(name)), Err(ConfigError::BadEnvironment { .. })),
            "{name}"
        );
    }
    Ok(())
}
