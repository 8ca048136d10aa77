using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json.Nodes;
using static SharpRunc.Conformance.Test;

namespace SharpRunc.Conformance;

internal static class HookPropertyTests
{
    public static Section[] Sections =>
    [
        new("config.md#configHooks",
            Required("hooks.path", "A hook of any kind without path is refused.",
                box => Each(box, hook => hook.Remove("path"), required: true)),
            Must("hooks.path-absolute", "A hook's relative path is refused.", box => Each(box, hook => hook["path"] = "hook")),
            Must("hooks.timeout", "A hook's timeout is above zero; zero or less is refused.", box =>
            {
                foreach (int timeout in new[] { 0, -1 })
                    Each(box, hook => hook["timeout"] = timeout);
            }),
            Must("hooks.timeout-aborts", "A hook that takes longer than its timeout is aborted, and has failed.", box =>
            {
                Bundle bundle = box.NewBundle("sleep 300");
                bundle.Hook("createRuntime", "slow", "sleep", "20")["timeout"] = 1;
                bundle.Write();
                box.TryCreate(bundle).Created.ExpectError("create with a hook that takes longer than its timeout");
            }, "1.0.2")),
        new("runtime.md#runtimeLifecycle",
        [
            .. Kind("prestart", "Prestart", "create", "1.0.0"),
            .. Kind("createRuntime", "CreateRuntime", "create", "1.0.2"),
            .. Kind("createContainer", "CreateContainer", "create", "1.0.2"),
            .. Kind("startContainer", "StartContainer", "start", "1.0.2"),
            // Until 1.3.0 a failing poststart hook was a warning.
            .. Kind("poststart", "Poststart", "start", "1.3.0"),
            Must("lifecycle.poststop", "Poststop hooks are run.",
                box => Expect.That(RunWith(box, b => b.Hook("poststop", "hook")).Has("hook"), "the hook does not run")),
            Must("lifecycle.poststop-fails", "If one fails, that is a warning; the others run, and delete succeeds.", box =>
                Expect.That(RunWith(box, b =>
                {
                    b.Hook("poststop", "fails", "exit", "1");
                    b.Hook("poststop", "next");
                }).Has("next"), "the hook behind the one that fails does not run")),
        ]),
        new("runtime.md#runtimeWarnings",
            Must("warnings.go-on", "A warning changes nothing of the operation.", box =>
                RunWith(box, b => b.Hook("poststop", "fails", "exit", "1")))),
    ];

    private static Test[] Kind(string kind, string title, string operation, string since) =>
    [
        Must("lifecycle." + kind, $"{title} hooks are run.",
            box => Expect.That(RunWith(box, b => b.Hook(kind, "hook")).Has("hook"), "the hook does not run"),
            kind == "poststart" ? "1.0.0" : since),
        Must($"lifecycle.{kind}-fails",
            $"If one fails, {operation} fails, and the container is stopped, destroyed, and its poststop hooks run.", box =>
            Fails(box, kind, operation), since),
    ];

    private static void Fails(Box box, string kind, string operation)
    {
        Bundle bundle = box.NewBundle("say run", "sleep 300");
        bundle.Hook(kind, "fails", "exit", "1");
        bundle.Hook(kind, "next");
        bundle.Hook("poststop", "poststop");
        bundle.Write();
        Container container = box.TryCreate(bundle);
        List<string> wrong = [];
        bool failed = !container.Created.Succeeded;
        if (operation == "start" && !failed)
            failed = !container.TryStart().Succeeded || (kind == "startContainer" && !Runs(container));
        if (!failed)
            wrong.Add($"{operation} succeeds");
        // The runtime may answer before a process that it killed is gone.
        for (int i = 0; i < 50 && !container.Log().Has("poststop"); i++)
            System.Threading.Thread.Sleep(10);
        if (container.TryState().Succeeded)
            wrong.Add($"the container is still there: {container.Status()}");
        if (container.Log().Has("next"))
            wrong.Add("the hook behind the one that fails runs");
        if (!container.Log().Has("poststop"))
            wrong.Add("the poststop hook does not run");
        Expect.That(wrong.Count == 0, string.Join("\n", wrong));
    }

    private static bool Runs(Container container)
    {
        while (container.Answers().Count == 0 && Processes.Lives(container.Pid))
            System.Threading.Thread.Sleep(5);
        return container.Answers().Count > 0;
    }

    /// <summary>All operations succeed; what the hooks wrote.</summary>
    private static Answers RunWith(Box box, Action<Bundle> hooks)
    {
        Container container = box.Start(box.NewBundle(hooks, "sleep 300"));
        container.Stop();
        container.Delete();
        return container.Log();
    }

    /// <summary>The error may come when the hook's turn does.</summary>
    private static void Each(Box box, Action<JsonObject> invalid, bool required = false)
    {
        List<string> taken = [];
        foreach (string kind in HookRun.Claimed(box.Host))
        {
            Bundle bundle = box.NewBundle("say run", "sleep 300");
            // Were a relative path taken, it would lead to a program wherever it is looked up.
            foreach (string directory in new[] { box.Work, bundle.Path, bundle.Rootfs })
                if (!File.Exists(Path.Combine(directory, "hook")))
                    Processes.Link(box.Host.Inside, Path.Combine(directory, "hook"));
            invalid(bundle.Hook(kind, kind));
            bundle.Write();
            Container container = box.TryCreate(bundle);
            bool refused = !container.Created.Succeeded || !container.TryStart().Succeeded;
            // What is not shown as an error may still be one: then the program does not run.
            refused |= kind == "startContainer" && !refused && !Runs(container);
            if (!refused)
            {
                container.Kill("KILL");
                container.WaitForEnd();
                container.WaitUntilStopped();
                // A poststop hook that cannot be run is a warning, which is not seen; that it does not run is.
                refused = !container.TryDelete().Succeeded || (kind == "poststop" && !container.Log().Has(kind));
            }
            if (!refused)
                taken.Add(kind);
        }
        string list = string.Join(' ', taken);
        if (taken.Count > 0)
            throw required ? new Noted($"taken: {list} (a runtime MAY validate: runtime.md#create)")
                : new Failed($"taken: {list}; expected an error");
    }
}
