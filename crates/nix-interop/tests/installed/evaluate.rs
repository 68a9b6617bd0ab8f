//! Evaluations in an isolated store.

use std::fs;

use crate::lab::{Lab, system};
use nix_interop::{EvaluateError, EvaluateEvent, RunError, Source, Variant};
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn a_test_gives_its_driver_and_its_script() {
    let Some(lab) = Lab::new("project").await else {
        return;
    };
    let (result, events) = lab
        .evaluate_with_events(&lab.file("project", &["hello"]))
        .await;
    let evaluation = result.unwrap();

    assert_eq!(evaluation.name, "hello");
    assert_eq!(
        evaluation.script,
        "start_all()\nmachine.succeed(\"echo 'ü' \\\"$HOME\\\"\")\n"
    );
    assert_eq!(
        evaluation.main_program.as_deref(),
        Some("nixos-test-driver")
    );
    assert_eq!(
        evaluation.position,
        Some((lab.root.join("project/tests.nix"), 7))
    );
    let files = [
        lab.root.join("project/tests.nix"),
        lab.root.join("project/lib.nix"),
    ];
    assert_eq!(evaluation.files, files);
    assert_eq!(events, files.map(EvaluateEvent::File));

    let derivation = evaluation.driver_derivation.to_str().unwrap();
    assert!(
        derivation.ends_with("-nixos-test-driver-hello.drv"),
        "{derivation}"
    );
    assert!(
        evaluation.driver_derivation.is_file(),
        "the derivation is written"
    );
    assert!(!evaluation.driver_output.exists(), "nothing is built");
}

#[tokio::test]
async fn the_interactive_driver_is_another_one() {
    let Some(lab) = Lab::new("project").await else {
        return;
    };
    let source = lab.file("project", &["hello"]);
    let cancel = CancellationToken::new();
    let evaluation = lab
        .nix
        .evaluate(&source, Variant::Interactive, |_| {}, &cancel)
        .await
        .unwrap();
    assert!(
        evaluation
            .driver_output
            .to_str()
            .unwrap()
            .ends_with("-nixos-test-driver-hello-interactive")
    );
}

#[tokio::test]
async fn attributes_are_found_the_way_nix_build_finds_them() {
    let Some(lab) = Lab::new("project").await else {
        return;
    };
    for (names, expected) in [
        (&["called"][..], "called"),
        (&["functor"], "functor"),
        (&["nested", "with.dot", "list", "0"], "in-list"),
        (&["sp ace \"quoted\" ${x} ü"], "odd"),
        (&["position"], "position"),
    ] {
        assert_eq!(
            lab.evaluate(&lab.file("project", names))
                .await
                .unwrap()
                .name,
            expected
        );
    }
}

#[tokio::test]
async fn paths_may_hold_anything() {
    let project = "a b'c\"d${e}ü$(f)\\";
    let Some(lab) = Lab::new(project).await else {
        return;
    };
    let evaluation = lab.evaluate(&lab.file(project, &["hello"])).await.unwrap();
    assert_eq!(evaluation.name, "hello");
    assert_eq!(
        evaluation.files[0],
        lab.root.join(project).join("tests.nix")
    );
}

#[tokio::test]
async fn a_directory_stands_for_its_default_nix() {
    let Some(lab) = Lab::new("project").await else {
        return;
    };
    let default = lab.root.join("project/default.nix");
    fs::write(&default, "(import ./tests.nix { }).hello").unwrap();
    let source = Source::file(&lab.root, "project".as_ref(), "").unwrap();
    let evaluation = lab.evaluate(&source).await.unwrap();
    assert_eq!(evaluation.files[0], default);
}

#[tokio::test]
async fn a_missing_attribute_is_named_with_what_is_there() {
    let Some(lab) = Lab::new("project").await else {
        return;
    };
    let missing = |names: &'static [&'static str]| {
        let source = lab.file("project", names);
        let lab = &lab;
        async move { lab.error(&source).await }
    };
    assert_eq!(
        missing(&["helo"]).await,
        "there is no attribute `helo` of $ROOT/project/tests.nix; did you mean `hello`?"
    );
    assert_eq!(
        missing(&["nested", "zzz"]).await,
        "there is no attribute `zzz` in `nested` of $ROOT/project/tests.nix; there are `with.dot`"
    );
    assert_eq!(
        missing(&["number", "x"]).await,
        "there is no attribute `x` in `number` of $ROOT/project/tests.nix, which has no attributes: it is an integer"
    );
    assert_eq!(
        missing(&["nested", "with.dot", "list", "1"]).await,
        "there is no attribute `1` in `nested.\"with.dot\".list` of $ROOT/project/tests.nix, which has no attributes: \
         it is a list"
    );
    assert_eq!(
        missing(&["hello", "driver", "zzz", "y"])
            .await
            .split(';')
            .next()
            .unwrap(),
        "there is no attribute `zzz` in `hello.driver` of $ROOT/project/tests.nix"
    );
}

#[tokio::test]
async fn what_is_not_a_test_is_described() {
    let Some(lab) = Lab::new("project").await else {
        return;
    };
    for (names, expected) in [
        (&["number"][..], "it is an integer"),
        (&["derivation"], "it is the derivation `hello-2.12`"),
        (
            &["hello", "driver"],
            "it is the derivation `nixos-test-driver-hello`; name the test itself, without `.driver` or \
             `.driverInteractive`",
        ),
        (
            &["function"],
            "it is a function that takes `lib` and `pkgs`; name the attribute of the file that passes it to `runTest`",
        ),
        (&["lambda"], "it is a function"),
        (
            &["module"],
            "it is an attribute set with `name`, `nodes` and `testScript`; name the attribute of the file that passes \
             it to `runTest`",
        ),
        (
            &["nested"],
            "it is an attribute set with `with.dot`; name the test inside it",
        ),
    ] {
        let expected = format!(
            "$ROOT/project/tests.nix -A {} is not a NixOS test, {expected}",
            names.join(".")
        );
        assert_eq!(lab.error(&lab.file("project", names)).await, expected);
    }
}

#[tokio::test]
async fn a_failed_evaluation_says_where() {
    let Some(lab) = Lab::new("project").await else {
        return;
    };
    let (result, events) = lab
        .evaluate_with_events(&lab.file("project", &["thrown"]))
        .await;
    assert!(
        events.contains(&EvaluateEvent::Trace("about to throw".into())),
        "{events:?}"
    );
    let Err(EvaluateError::Failed { failure, .. }) = result else {
        panic!("{result:?}")
    };
    assert_eq!(failure.message, "the reactor exploded");
    let position = failure.position.unwrap();
    assert_eq!(position.file, lab.root.join("project/tests.nix"));
    let text = fs::read_to_string(&position.file).unwrap();
    let line = text.lines().nth(position.line as usize - 1).unwrap();
    assert!(line.contains("explode"), "line {} is {line}", position.line);
}

#[tokio::test]
async fn what_is_not_nix_says_where() {
    let Some(lab) = Lab::new("project").await else {
        return;
    };
    let file = lab.root.join("project/tests.nix");
    fs::write(&file, "# ü\n{ hello = ; }\n").unwrap();
    let error = lab.error(&lab.file("project", &["hello"])).await;
    assert_eq!(
        error,
        "evaluating $ROOT/project/tests.nix -A hello failed: syntax error, unexpected ';' \
         (at $ROOT/project/tests.nix:2:11)"
    );
    fs::write(&file, "not even { close to Nix").unwrap();
    let error = lab.error(&lab.file("project", &["hello"])).await;
    assert!(
        error.contains("failed: syntax error, unexpected"),
        "{error}"
    );
}

#[tokio::test]
async fn a_missing_file_is_named() {
    let Some(lab) = Lab::new("project").await else {
        return;
    };
    let error = lab.error(&lab.file("elsewhere", &[])).await;
    assert_eq!(
        error,
        "there is no file $ROOT/elsewhere/tests.nix; check the path"
    );
}

#[tokio::test]
async fn an_evaluation_can_be_cancelled() {
    let Some(lab) = Lab::new("project").await else {
        return;
    };
    let file = lab.root.join("project/tests.nix");
    let forever = "let go = n: if n == 0 then go 1 else go 0; in builtins.trace \"going\" (go 1)";
    fs::write(&file, forever).unwrap();
    let cancel = CancellationToken::new();
    let on_event = |event| {
        if matches!(event, EvaluateEvent::Trace(_)) {
            cancel.cancel();
        }
    };
    let source = lab.file("project", &[]);
    let result = lab
        .nix
        .evaluate(&source, Variant::Regular, on_event, &cancel)
        .await;
    assert!(
        matches!(result, Err(EvaluateError::Run(RunError::Cancelled))),
        "{result:?}"
    );
}

mod flakes {
    use super::*;

    fn flake(lab: &Lab, project: &str, attribute: &str) -> Source {
        Source::flake(&lab.root.join(project), &format!("path:.#{attribute}")).unwrap()
    }

    #[tokio::test]
    async fn a_check_is_found_by_its_name_alone() {
        let Some(lab) = Lab::new("project").await else {
            return;
        };
        for attribute in [&format!("checks.{}.hello", system()), "hello"] {
            let evaluation = lab
                .evaluate(&flake(&lab, "project", attribute))
                .await
                .unwrap();
            assert_eq!(evaluation.name, "flake-hello");
            let files = ["flake.nix", "sub/checks.nix", "lib.nix"]
                .map(|file| lab.root.join("project").join(file));
            assert_eq!(evaluation.files, files, "those of the working tree");
            assert!(
                evaluation.driver_derivation.is_file(),
                "the derivation is written"
            );
        }
        assert!(
            !lab.root.join("project/flake.lock").exists(),
            "nothing is written to the project"
        );
    }

    #[tokio::test]
    async fn other_outputs_are_found_as_nix_finds_them() {
        let Some(lab) = Lab::new("project").await else {
            return;
        };
        assert_eq!(
            lab.evaluate(&flake(&lab, "project", "loose"))
                .await
                .unwrap()
                .name,
            "loose"
        );
        // There is a package of this name too, which is no test.
        assert_eq!(
            lab.evaluate(&flake(&lab, "project", "both"))
                .await
                .unwrap()
                .name,
            "both"
        );
        let evaluation = lab
            .evaluate(&flake(&lab, "project", "\"odd name#1\""))
            .await
            .unwrap();
        assert_eq!(evaluation.name, "odd");
    }

    #[tokio::test]
    async fn directories_may_hold_anything() {
        let project = "a b#c?d%e";
        let Some(lab) = Lab::new(project).await else {
            return;
        };
        let evaluation = lab.evaluate(&flake(&lab, project, "hello")).await.unwrap();
        assert_eq!(
            evaluation.files[0],
            lab.root.join(project).join("flake.nix")
        );
        let source = Source::flake(&lab.root.join(project), ".#hello").unwrap();
        assert_eq!(lab.evaluate(&source).await.unwrap(), evaluation);
    }

    #[tokio::test]
    async fn errors_name_the_working_tree() {
        let Some(lab) = Lab::new("project").await else {
            return;
        };
        fs::write(
            lab.root.join("project/sub/checks.nix"),
            "{ hello = 1 + \"x\"; }",
        )
        .unwrap();
        let error = lab.error(&flake(&lab, "project", "hello")).await;
        let expected = "evaluating path:$ROOT/project#hello failed: cannot add a string to an integer \
                        (at $ROOT/project/sub/checks.nix:1:";
        assert!(error.starts_with(expected), "{error}");
    }

    #[tokio::test]
    async fn a_missing_check_is_named_with_what_is_there() {
        let Some(lab) = Lab::new("project").await else {
            return;
        };
        assert_eq!(
            lab.error(&flake(&lab, "project", "hell")).await,
            "there is no attribute `hell` in `checks.$SYSTEM` of path:$ROOT/project; did you mean `hello`?"
        );
        assert_eq!(
            lab.error(&flake(&lab, "project", &format!("checks.{}.zzz", system())))
                .await,
            "there is no attribute `zzz` in `checks.$SYSTEM` of path:$ROOT/project; there are `both`, `hello`, \
             `odd name#1` and `thrown`"
        );
    }

    #[tokio::test]
    async fn what_is_not_a_test_is_described() {
        let Some(lab) = Lab::new("project").await else {
            return;
        };
        assert_eq!(
            lab.error(&flake(
                &lab,
                "project",
                &format!("packages.{}.both", system())
            ))
            .await,
            "path:$ROOT/project#packages.$SYSTEM.both is not a NixOS test, it is the derivation `both-1.0`"
        );
    }

    #[tokio::test]
    async fn a_missing_flake_is_named() {
        let Some(lab) = Lab::new("project").await else {
            return;
        };
        let error = lab.error(&flake(&lab, "elsewhere", "hello")).await;
        assert!(
            error.starts_with("evaluating path:$ROOT/elsewhere#hello failed: "),
            "{error}"
        );
        assert!(error.contains("No such file or directory"), "{error}");
    }

    #[tokio::test]
    async fn settings_of_a_flake_are_never_accepted() {
        let Some(mut lab) = Lab::new("project").await else {
            return;
        };
        let file = lab.root.join("project/flake.nix");
        let settings = "{\n  nixConfig.post-build-hook = \"/does/not/exist\";\n";
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, text.replacen("{\n", settings, 1)).unwrap();
        let configuration =
            "experimental-features = nix-command flakes\naccept-flake-config = true";
        lab.nix = lab
            .nix
            .clone()
            .with_environment("NIX_CONFIG", configuration);

        let (result, events) = lab
            .evaluate_with_events(&flake(&lab, "project", "hello"))
            .await;
        assert_eq!(result.unwrap().name, "flake-hello");
        let warning = "ignoring untrusted flake configuration setting 'post-build-hook'";
        assert!(
            events.iter().any(|event| matches!(
                event,
                EvaluateEvent::Warning(text) if text.starts_with(warning)
            )),
            "{events:?}"
        );
    }
}
