# The stack orders, made by `pretoken export terraform`.
# Note: the pool `company` is not this stack's: the template lets it invoke the function, but terraform cannot set one trigger of a pool that it does not own. Its owner sets the pre token generation trigger to the output `alias_arn`.
# Note: the template does not set what the pool `customers` declares of user_pool_add_ons.advanced_security_mode: add it there.
# Note: values of variables are secrets, and so variables: PARTNER_KEY.
# Note: `allowed_account_ids` is not in the template: it can be deployed to any account.

terraform {
  required_version = ">= 1.3"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0"
    }
  }
}

data "aws_partition" "current" {}

data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

locals {
  alias_arn = "arn:${data.aws_partition.current.partition}:lambda:${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}:function:orders-pre-token:live"
  tags = {
    managed-by        = "terraform"
    "pretoken:region" = "${data.aws_region.current.region}"
    "pretoken:stack"  = "orders"
  }
  trust = {
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Principal = {
          Service = "lambda.amazonaws.com"
        }
        Action = "sts:AssumeRole"
      }
    ]
  }
  policy = {
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Action = [
          "logs:CreateLogStream",
          "logs:PutLogEvents"
        ]
        Resource = "arn:${data.aws_partition.current.partition}:logs:${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}:log-group:/aws/lambda/orders-pre-token:*"
      }
    ]
  }
  ids = {
    clients = {
      (aws_cognito_user_pool_client.company_own.id)           = "company/own"
      (var.adopted_company_portal)                            = "company/portal"
      (aws_cognito_user_pool_client.customers_back-office.id) = "customers/back-office"
      (aws_cognito_user_pool_client.customers_billing.id)     = "customers/billing"
      (aws_cognito_user_pool_client.customers_shop.id)        = "customers/shop"
      (aws_cognito_user_pool_client.customers_web.id)         = "customers/web"
      (aws_cognito_user_pool_client.try-outs-web_d2fb9c.id)   = "try outs/web"
    }
    pools = {
      (var.adopted_company)                      = "company"
      (aws_cognito_user_pool.customers.id)       = "customers"
      (aws_cognito_user_pool.try-outs_84792b.id) = "try outs"
    }
  }
}

variable "environment_PARTNER_KEY" {
  type        = string
  description = "Value of the function's variable PARTNER_KEY"
  sensitive   = true
}

variable "secret_GOOGLE_SECRET" {
  type        = string
  description = "client_secret of the identity provider Google"
  sensitive   = true
}

variable "adopted_company" {
  type        = string
  description = "Id of the user pool company, which is not this stack's: its owner sets its pre token generation trigger to the output alias_arn"
  default     = "eu-west-1_AbCdEf123"
}

variable "adopted_company_portal" {
  type        = string
  description = "Id of the app client portal, which is not this stack's"
  default     = "1example23456789"
}

resource "aws_cloudwatch_log_group" "trigger" {
  name              = "/aws/lambda/orders-pre-token"
  retention_in_days = 30
  tags              = merge(local.tags, { "pretoken:made:eu-west-1_AbCdEf123" = "cw6IVDoT" })
}

resource "aws_iam_role" "trigger" {
  name                 = "orders-pre-token"
  assume_role_policy   = jsonencode(local.trust)
  permissions_boundary = "arn:aws:iam::123456789012:policy/limit"
  tags                 = local.tags
}

resource "aws_iam_role_policy" "trigger" {
  name   = "logs"
  role   = aws_iam_role.trigger.name
  policy = jsonencode(local.policy)
}

resource "aws_cognito_user_pool_client" "company_own" {
  user_pool_id            = var.adopted_company
  access_token_validity   = 60
  name                    = "orders-own"
  enable_token_revocation = true
  explicit_auth_flows = [
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
    "ALLOW_USER_PASSWORD_AUTH"
  ]
  generate_secret               = false
  prevent_user_existence_errors = "ENABLED"

  token_validity_units {
    access_token = "minutes"
  }
}

resource "aws_cognito_user_pool" "customers" {
  name                = "orders-customers"
  user_pool_tier      = "PLUS"
  deletion_protection = "ACTIVE"
  tags                = merge(local.tags, { "pretoken:made" = "cM7fUqZEcN0p2A9xcXxw7n8Qcunw604kgrtw_gJiizncGZ-XrHBaK2wDrU67iynY" })

  lambda_config {
    post_confirmation = "arn:aws:lambda:eu-west-1:123456789012:function:welcome"
    kms_key_id        = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd"

    pre_token_generation_config {
      lambda_arn     = local.alias_arn
      lambda_version = "V3_0"
    }

    custom_email_sender {
      lambda_arn     = "arn:aws:lambda:eu-west-1:123456789012:function:mail"
      lambda_version = "V1_0"
    }
  }

  password_policy {
    minimum_length                   = 12
    require_lowercase                = true
    require_numbers                  = true
    require_symbols                  = true
    require_uppercase                = true
    temporary_password_validity_days = 7
  }

  admin_create_user_config {
    allow_admin_create_user_only = true
  }

  mfa_configuration = "OPTIONAL"

  software_token_mfa_configuration {
    enabled = true
  }

  web_authn_configuration {
    relying_party_id  = "shop.example"
    user_verification = "required"
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_cognito_risk_configuration" "customers" {
  user_pool_id = aws_cognito_user_pool.customers.id

  compromised_credentials_risk_configuration {
    event_filter = [
      "SIGN_IN"
    ]

    actions {
      event_action = "BLOCK"
    }
  }

  account_takeover_risk_configuration {
    actions {
      high_action {
        notify       = false
        event_action = "BLOCK"
      }
    }
  }
}

resource "aws_cognito_log_delivery_configuration" "customers" {
  user_pool_id = aws_cognito_user_pool.customers.id

  log_configurations {
    event_source = "userNotification"
    log_level    = "ERROR"

    cloud_watch_logs_configuration {
      log_group_arn = "arn:aws:logs:eu-west-1:123456789012:log-group:notes"
    }
  }

  log_configurations {
    event_source = "userAuthEvents"
    log_level    = "INFO"

    s3_configuration {
      bucket_arn = "arn:aws:s3:::sign-ins"
    }
  }
}

resource "aws_cognito_resource_server" "customers-https---api-example-com-v1_dd5524" {
  user_pool_id = aws_cognito_user_pool.customers.id
  identifier   = "https://api.example.com/v1"
  name         = "orders-https---api.example.com-v1"
}

resource "aws_cognito_resource_server" "customers_orders" {
  user_pool_id = aws_cognito_user_pool.customers.id
  identifier   = "orders"
  name         = "orders-orders"

  scope {
    scope_name        = "read"
    scope_description = "Costs $${nothing} and %%{no one} says \"no\""
  }
}

resource "aws_cognito_user_group" "customers-Gr--e_3670ff" {
  user_pool_id = aws_cognito_user_pool.customers.id
  name         = "Größe"
  description  = "Anything"
}

resource "aws_cognito_identity_provider" "customers-Google_a2d762" {
  user_pool_id  = aws_cognito_user_pool.customers.id
  provider_name = "Google"
  provider_type = "Google"
  provider_details = {
    authorize_scopes = "openid email"
    client_id        = "1.apps"
    client_secret    = var.secret_GOOGLE_SECRET
  }
  attribute_mapping = {
    email = "email"
  }
  idp_identifiers = [
    "shop.example"
  ]
}

resource "aws_cognito_user_pool_client" "customers_back-office" {
  user_pool_id            = aws_cognito_user_pool.customers.id
  access_token_validity   = 5
  name                    = "orders-back-office"
  enable_token_revocation = true
  explicit_auth_flows = [
    "ALLOW_ADMIN_USER_PASSWORD_AUTH"
  ]
  generate_secret               = true
  prevent_user_existence_errors = "ENABLED"

  token_validity_units {
    access_token = "minutes"
  }
}

resource "aws_cognito_user_pool_client" "customers_billing" {
  user_pool_id          = aws_cognito_user_pool.customers.id
  access_token_validity = 60
  allowed_oauth_flows = [
    "client_credentials"
  ]
  allowed_oauth_flows_user_pool_client = true
  allowed_oauth_scopes = [
    "orders/read"
  ]
  name                                          = "orders-billing"
  enable_propagate_additional_user_context_data = true
  enable_token_revocation                       = true
  explicit_auth_flows = [
    "ALLOW_REFRESH_TOKEN_AUTH"
  ]
  generate_secret               = true
  prevent_user_existence_errors = "ENABLED"
  depends_on = [
    aws_cognito_resource_server.customers-https---api-example-com-v1_dd5524,
    aws_cognito_resource_server.customers_orders
  ]

  token_validity_units {
    access_token = "minutes"
  }
}

resource "aws_cognito_user_pool_client" "customers_shop" {
  user_pool_id          = aws_cognito_user_pool.customers.id
  access_token_validity = 60
  allowed_oauth_flows = [
    "code"
  ]
  allowed_oauth_flows_user_pool_client = true
  allowed_oauth_scopes = [
    "openid",
    "orders/read"
  ]
  auth_session_validity = 5
  callback_urls = [
    "https://shop.example/in",
    "myapp://in?%%{x}=$${y}"
  ]
  name                    = "orders-shop"
  default_redirect_uri    = "https://shop.example/in"
  enable_token_revocation = false
  explicit_auth_flows = [
    "ALLOW_USER_AUTH",
    "ALLOW_USER_SRP_AUTH"
  ]
  generate_secret   = false
  id_token_validity = 30
  logout_urls = [
    "https://shop.example/out"
  ]
  prevent_user_existence_errors = "LEGACY"
  read_attributes = [
    "email",
    "email_verified"
  ]
  refresh_token_validity = 10080
  supported_identity_providers = [
    "COGNITO",
    "Google"
  ]
  write_attributes = [
    "email"
  ]
  depends_on = [
    aws_cognito_resource_server.customers-https---api-example-com-v1_dd5524,
    aws_cognito_resource_server.customers_orders,
    aws_cognito_identity_provider.customers-Google_a2d762
  ]

  refresh_token_rotation {
    feature                    = "ENABLED"
    retry_grace_period_seconds = 10
  }

  token_validity_units {
    access_token  = "minutes"
    id_token      = "minutes"
    refresh_token = "minutes"
  }
}

resource "aws_cognito_user_pool_client" "customers_web" {
  user_pool_id            = aws_cognito_user_pool.customers.id
  access_token_validity   = 60
  name                    = "orders-web"
  enable_token_revocation = true
  explicit_auth_flows = [
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
    "ALLOW_USER_PASSWORD_AUTH"
  ]
  generate_secret               = false
  prevent_user_existence_errors = "ENABLED"

  token_validity_units {
    access_token = "minutes"
  }
}

resource "aws_cognito_user_pool" "try-outs_84792b" {
  name                = "orders-try outs"
  user_pool_tier      = "PLUS"
  deletion_protection = "INACTIVE"
  tags                = merge(local.tags, { "pretoken:made" = "cM7fUqZE" })

  lambda_config {
    pre_token_generation_config {
      lambda_arn     = local.alias_arn
      lambda_version = "V3_0"
    }
  }

  password_policy {
    minimum_length                   = 12
    require_lowercase                = true
    require_numbers                  = true
    require_symbols                  = true
    require_uppercase                = true
    temporary_password_validity_days = 7
  }

  admin_create_user_config {
    allow_admin_create_user_only = true
  }
}

resource "aws_cognito_user_pool_client" "try-outs-web_d2fb9c" {
  user_pool_id            = aws_cognito_user_pool.try-outs_84792b.id
  access_token_validity   = 60
  name                    = "orders-web"
  enable_token_revocation = true
  explicit_auth_flows = [
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
    "ALLOW_USER_PASSWORD_AUTH"
  ]
  generate_secret               = false
  prevent_user_existence_errors = "ENABLED"

  token_validity_units {
    access_token = "minutes"
  }
}

resource "aws_lambda_function" "trigger" {
  function_name = "orders-pre-token"
  role          = aws_iam_role.trigger.arn
  runtime       = "provided.al2023"
  handler       = "bootstrap"
  architectures = [
    "arm64"
  ]
  memory_size      = 128
  timeout          = 5
  filename         = "${path.module}/trigger.zip"
  source_code_hash = filebase64sha256("${path.module}/trigger.zip")
  publish          = true
  tags             = local.tags
  depends_on = [
    aws_cloudwatch_log_group.trigger,
    aws_iam_role_policy.trigger
  ]

  environment {
    variables = {
      PARTNER_KEY  = var.environment_PARTNER_KEY
      PRETOKEN_IDS = jsonencode(local.ids)
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.trigger.function_name
  function_version = aws_lambda_function.trigger.version
}

resource "aws_lambda_permission" "company" {
  statement_id   = join("-", ["pretoken", substr(sha256(join("\n", [local.alias_arn, "cognito-idp.amazonaws.com", "lambda:InvokeFunction", "arn:${data.aws_partition.current.partition}:cognito-idp:${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}:userpool/${var.adopted_company}", data.aws_caller_identity.current.account_id])), 0, 16)])
  function_name  = aws_lambda_function.trigger.function_name
  qualifier      = aws_lambda_alias.live.name
  action         = "lambda:InvokeFunction"
  principal      = "cognito-idp.amazonaws.com"
  source_arn     = "arn:${data.aws_partition.current.partition}:cognito-idp:${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}:userpool/${var.adopted_company}"
  source_account = data.aws_caller_identity.current.account_id
}

resource "aws_lambda_permission" "customers" {
  statement_id   = join("-", ["pretoken", substr(sha256(join("\n", [local.alias_arn, "cognito-idp.amazonaws.com", "lambda:InvokeFunction", aws_cognito_user_pool.customers.arn, data.aws_caller_identity.current.account_id])), 0, 16)])
  function_name  = aws_lambda_function.trigger.function_name
  qualifier      = aws_lambda_alias.live.name
  action         = "lambda:InvokeFunction"
  principal      = "cognito-idp.amazonaws.com"
  source_arn     = aws_cognito_user_pool.customers.arn
  source_account = data.aws_caller_identity.current.account_id
}

resource "aws_lambda_permission" "try-outs_84792b" {
  statement_id   = join("-", ["pretoken", substr(sha256(join("\n", [local.alias_arn, "cognito-idp.amazonaws.com", "lambda:InvokeFunction", aws_cognito_user_pool.try-outs_84792b.arn, data.aws_caller_identity.current.account_id])), 0, 16)])
  function_name  = aws_lambda_function.trigger.function_name
  qualifier      = aws_lambda_alias.live.name
  action         = "lambda:InvokeFunction"
  principal      = "cognito-idp.amazonaws.com"
  source_arn     = aws_cognito_user_pool.try-outs_84792b.arn
  source_account = data.aws_caller_identity.current.account_id
}

output "alias_arn" {
  value = aws_lambda_alias.live.arn
}

output "function_arn" {
  value = aws_lambda_function.trigger.arn
}

output "version" {
  value = aws_lambda_function.trigger.version
}

output "pools" {
  value = {
    company    = var.adopted_company
    customers  = aws_cognito_user_pool.customers.id
    "try outs" = aws_cognito_user_pool.try-outs_84792b.id
  }
}

output "clients" {
  value = {
    "company/own"           = aws_cognito_user_pool_client.company_own.id
    "company/portal"        = var.adopted_company_portal
    "customers/back-office" = aws_cognito_user_pool_client.customers_back-office.id
    "customers/billing"     = aws_cognito_user_pool_client.customers_billing.id
    "customers/shop"        = aws_cognito_user_pool_client.customers_shop.id
    "customers/web"         = aws_cognito_user_pool_client.customers_web.id
    "try outs/web"          = aws_cognito_user_pool_client.try-outs-web_d2fb9c.id
  }
}
