//! A stage of API Gateway: what `api_gateway` names, and what of AWS is asked for it.

use std::fmt;

use super::Target;

/// A stage that serves an API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApiStage {
    /// Of an HTTP API: its `$default`.
    Http {
        /// The API's id.
        id: String,
    },
    /// Of a REST API.
    Rest {
        /// The API's id.
        id: String,
        /// The stage's name.
        stage: String,
    },
}

impl ApiStage {
    /// `ID` is an HTTP API, `ID/STAGE` a REST API.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text.split_once('/') {
            Some((id, stage)) => Self::Rest { id: id.to_owned(), stage: stage.to_owned() },
            None => Self::Http { id: text.to_owned() },
        }
    }

    /// The path of its export as OpenAPI 3.0 (`ExportApi` of `apigatewayv2`, `GetExport` of `apigateway`).
    #[must_use]
    pub fn export_path(&self) -> String {
        match self {
            Self::Http { id } => format!("/v2/apis/{id}/exports/OAS30"),
            Self::Rest { id, stage } => format!("/restapis/{id}/stages/{stage}/exports/oas30"),
        }
    }

    /// What is asked about it there: what the stage serves, with the authorizers.
    #[must_use]
    pub fn export_query(&self) -> &'static str {
        match self {
            Self::Http { .. } => "includeExtensions=true&outputType=JSON&stageName=%24default",
            Self::Rest { .. } => "extensions=apigateway%2Cauthorizers",
        }
    }

    /// The ARN of that export, which `apigateway:GET` is limited to ("Actions, resources, and condition keys for Amazon API
    /// Gateway Management"): such ARNs have no account.
    #[must_use]
    pub fn export_arn(&self, target: &Target) -> String {
        // The version of the protocol is no part of it.
        let path = self.export_path();
        let path = path.strip_prefix("/v2").unwrap_or(&path);
        format!("arn:{}:apigateway:{}::{path}", target.partition, target.region)
    }
}

impl fmt::Display for ApiStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http { id } => write!(f, "HTTP API {id}, stage $default"),
            Self::Rest { id, stage } => write!(f, "REST API {id}, stage {stage}"),
        }
    }
}
