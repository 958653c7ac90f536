//! The stable name of everything that can be wrong, and the page about it. Pure; imports nothing.
//!
//! A code is words with dashes (`unknown-key`), not a number: whoever reads it in a log knows what it is about before looking
//! it up, and a search finds it. There is one for each kind of help, not for each sentence. A code never changes what it means.

mod page;

pub use page::{CodeEntry, Gravity};

/// Names every code once: the variant, its text and, by its text, its page in `docs/codes`, without which this does not compile.
macro_rules! codes {
    ($($group:literal { $($variant:ident = $id:literal,)* })*) => {
        /// What is wrong, by kind.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "the page of each says what it means")]
        pub enum Code { $($($variant,)*)* }

        impl Code {
            /// All of them, group by group.
            pub const ALL: &[Self] = &[$($(Self::$variant,)*)*];

            /// The name, such as `unknown-key`.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $($(Self::$variant => $id,)*)* }
            }

            /// What kind of thing is wrong, as a heading.
            #[must_use]
            pub const fn group(self) -> &'static str {
                match self { $($(Self::$variant => $group,)*)* }
            }

            /// The page about it, in Markdown.
            const fn page(self) -> &'static str {
                match self {
                    $($(Self::$variant => include_str!(concat!("../../docs/codes/", $id, ".md")),)*)*
                }
            }
        }
    };
}

codes! {
    "The file" {
        Syntax = "syntax",
        DuplicateKey = "duplicate-key",
        UnknownKey = "unknown-key",
        MissingKey = "missing-key",
        WrongType = "wrong-type",
        OutOfRange = "out-of-range",
        UnknownValue = "unknown-value",
        WrongForm = "wrong-form",
        InvisibleCharacter = "invisible-character",
        RepeatedItem = "repeated-item",
        ConfigUnreadable = "config-unreadable",
        UnknownEnvironment = "unknown-environment",
        UnmetVersion = "unmet-version",
        BadOverride = "bad-override",
        NoValue = "no-value",
        ValueUnknown = "value-unknown",
        ValueInTemplate = "value-in-template",
    }
    "Names and what they refer to" {
        NameTooLong = "name-too-long",
        DuplicateName = "duplicate-name",
        AmbiguousReference = "ambiguous-reference",
        UnknownPool = "unknown-pool",
        UnknownClient = "unknown-client",
        UnknownGroup = "unknown-group",
        UndeclaredGroup = "undeclared-group",
        UnknownScope = "unknown-scope",
        UnknownResourceServer = "unknown-resource-server",
        UndeclaredScope = "undeclared-scope",
        UnknownAttribute = "unknown-attribute",
        UnknownIdentityProvider = "unknown-identity-provider",
    }
    "Pools, clients and the function" {
        AdoptedSetting = "adopted-setting",
        AdoptedElsewhere = "adopted-elsewhere",
        AdoptedTwice = "adopted-twice",
        AdoptedClientInOwnPool = "adopted-client-in-own-pool",
        PoolWithoutClient = "pool-without-client",
        NoDomain = "no-domain",
        ManyResourceServers = "many-resource-servers",
        MachinesAndPeople = "machines-and-people",
        MachineClient = "machine-client",
        MachinesNotAsked = "machines-not-asked",
        BrowserClient = "browser-client",
        ScopesWithoutFlow = "scopes-without-flow",
        BadUrl = "bad-url",
        RedirectNotListed = "redirect-not-listed",
        RefreshTokens = "refresh-tokens",
        SecretNeeded = "secret-needed",
        ClientAttributes = "client-attributes",
        AttributeDeclaration = "attribute-declaration",
        SetByCognito = "set-by-cognito",
        ProviderIncomplete = "provider-incomplete",
        SecretInFile = "secret-in-file",
        ReservedName = "reserved-name",
        VpcIncomplete = "vpc-incomplete",
        OtherTrigger = "other-trigger",
        SecondFactor = "second-factor",
        ThreatProtection = "threat-protection",
        LogDelivery = "log-delivery",
        SeedWithoutMfa = "seed-without-mfa",
        SeedUntold = "seed-untold",
        SeedsWouldStay = "seeds-would-stay",
    }
    "Rules" {
        BadFact = "bad-fact",
        UnknownFact = "unknown-fact",
        UnusedFact = "unused-fact",
        FactByCaller = "fact-by-caller",
        Blank = "blank",
        RuleWithoutEffect = "rule-without-effect",
        BadScope = "bad-scope",
        ProtectedClaim = "protected-claim",
        ClaimValue = "claim-value",
        ListInList = "list-in-list",
        BadTemplate = "bad-template",
        BadPeriod = "bad-period",
        ScopesFrom = "scopes-from",
        BadRefusal = "bad-refusal",
        UnknownSource = "unknown-source",
        UserApiLost = "user-api-lost",
        UserControlled = "user-controlled",
        NeverApplies = "never-applies",
        RulesAlike = "rules-alike",
        ChangesNothing = "changes-nothing",
        EffectUndone = "effect-undone",
        LongToken = "long-token",
    }
    "Promises" {
        EmptyPromise = "empty-promise",
        PromiseContradicts = "promise-contradicts",
        PromiseImpossible = "promise-impossible",
        MachinePromiseAtV2 = "machine-promise-at-v2",
        ScopeNotGranted = "scope-not-granted",
        ScopeNotSuppressed = "scope-not-suppressed",
        ClaimNotAsPromised = "claim-not-as-promised",
        NotRefused = "not-refused",
        UnexpectedRefusal = "unexpected-refusal",
        MayCall = "may-call",
        MayNotCall = "may-not-call",
        CallUnknown = "call-unknown",
    }
    "APIs" {
        ApiInvalid = "api-invalid",
        ApiScheme = "api-scheme",
        ApiOtherPool = "api-other-pool",
        UnknownOperation = "unknown-operation",
        CallNotPossible = "call-not-possible",
        OperationOpen = "operation-open",
        OperationClosed = "operation-closed",
        OperationWithoutScope = "operation-without-scope",
        ClientNotInAudience = "client-not-in-audience",
        ScopeGivenByNobody = "scope-given-by-nobody",
        ScopeAskedByNobody = "scope-asked-by-nobody",
    }
    "Command line and files" {
        Usage = "usage",
        InputUnreadable = "input-unreadable",
        CannotWrite = "cannot-write",
        FileExists = "file-exists",
        VariableNotSet = "variable-not-set",
        BadEvent = "bad-event",
        NotConfirmed = "not-confirmed",
        CommandNotRun = "command-not-run",
        Stopped = "stopped",
        Internal = "internal",
    }
    "AWS" {
        NoCredentials = "no-credentials",
        AccessDenied = "access-denied",
        NoRegion = "no-region",
        WrongAccount = "wrong-account",
        Unreachable = "unreachable",
        Unanswered = "unanswered",
        AwsRefused = "aws-refused",
        TimedOut = "timed-out",
        Conflict = "conflict",
        UnexpectedChange = "unexpected-change",
    }
    "The stack" {
        NotOurs = "not-ours",
        SeveralOfOurName = "several-of-our-name",
        NoSuchId = "no-such-id",
        FixedSetting = "fixed-setting",
        SlotTaken = "slot-taken",
        SlotUnusable = "slot-unusable",
        LitePool = "lite-pool",
        PermissionReliedOn = "permission-relied-on",
        PoolNeedsConfirmation = "pool-needs-confirmation",
        DomainInTheWay = "domain-in-the-way",
        NotDeployed = "not-deployed",
        WhichStack = "which-stack",
        UnknownVersion = "unknown-version",
        NotSettled = "not-settled",
        StalePlan = "stale-plan",
        ScopeLoss = "scope-loss",
    }
    "Proofs" {
        SmokeTestFailed = "smoke-test-failed",
        CanaryFailed = "canary-failed",
        TriggerFailed = "trigger-failed",
        TokenWrong = "token-wrong",
        NotProven = "not-proven",
        NothingProvable = "nothing-provable",
        NoWayIn = "no-way-in",
        SignInFailed = "sign-in-failed",
    }
    "The package" {
        CrateInvalid = "crate-invalid",
        NoToolchain = "no-toolchain",
        BuildFailed = "build-failed",
        NotRunnable = "not-runnable",
        NoPrebuilt = "no-prebuilt",
        PackageMismatch = "package-mismatch",
    }
    "The emulator" {
        EmulatorNotInstalled = "emulator-not-installed",
        EmulatorFailed = "emulator-failed",
        EmulatorUnsafe = "emulator-unsafe",
        NoEmulator = "no-emulator",
        PortInUse = "port-in-use",
    }
}

impl Code {
    /// The code of this name.
    #[must_use]
    pub fn of(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.id() == id)
    }

    /// Where the page about it can be read.
    #[must_use]
    pub fn url(self) -> String {
        format!("{}/blob/main/docs/codes/{}.md", env!("CARGO_PKG_REPOSITORY"), self.id())
    }

    /// What there is to say about it.
    #[must_use]
    pub fn entry(self) -> CodeEntry {
        CodeEntry::of(self.id(), self.group(), self.page())
    }
}
