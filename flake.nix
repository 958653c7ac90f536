{
  description = "Deploys a Cognito pre token generation trigger, and proves it with a sign-in";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "x86_64-darwin"
        "aarch64-darwin"
      ];
      each = make: nixpkgs.lib.genAttrs systems (system: make nixpkgs.legacyPackages.${system});
    in
    {
      # From the sources. Without the prebuilt trigger: pretoken builds the sources that are in it, with the cargo of the shell.
      packages = each (pkgs: {
        default = pkgs.rustPlatform.buildRustPackage {
          pname = "pretoken";
          version = (nixpkgs.lib.importTOML ./Cargo.toml).workspace.package.version;
          src = self;
          cargoLock.lockFile = ./Cargo.lock;
          cargoBuildFlags = [
            "--bin"
            "pretoken"
          ];
          # They start emulators and install their checkers.
          doCheck = false;
          meta.mainProgram = "pretoken";
        };
      });
      devShells = each (pkgs: {
        default = pkgs.mkShell {
          packages = [
            pkgs.cargo
            pkgs.rustc
            pkgs.clippy
            pkgs.rustfmt
            pkgs.python3
          ];
        };
      });
    };
}
