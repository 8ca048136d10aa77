using System;
using System.Text.Json.Nodes;
using static SharpRunc.Conformance.Test;

namespace SharpRunc.Conformance;

internal static class HookTests
{
    public static Section[] Sections =>
    [
        new("config.md#configHooks",
            Must("hooks.order", "Hooks of a kind run in the order of their list.", box =>
            {
                HookRun run = Run(box);
                foreach (string kind in HookRun.Claimed(box.Host))
                    Expect.That(run.Position(kind + "1") >= 0 && run.Position(kind + "1") < run.Position(kind + "2"),
                        $"{kind}: {string.Join(' ', run.All.Hooks)}");
            }),
            Must("hooks.state", "Each hook reads the container's state on its standard input.", States),
            Must("hooks.state-pid",
                "The state's pid is as the runtime sees it, and for hooks of the container's namespace as the container does.", Pids)),
        new("config.md#configHooksPrestart", Create("prestart",
            Must("prestart.first", "Prestart hooks run before createRuntime hooks.",
                box => Before(Run(box), "prestart2", "createRuntime1")), isInside: false)),
        new("config.md#configHooksCreateRuntime", Create("createRuntime", null, isInside: false)),
        new("config.md#configHooksCreateContainer", Create("createContainer",
            Must("createContainer.after", "They run after the createRuntime hooks.",
                box => Before(Run(box), "createRuntime2", "createContainer1")), isInside: true)),
        new("config.md#configHooksStartContainer",
            Must("startContainer.when", "StartContainer hooks run in start, before the program.", box =>
            {
                HookRun run = Run(box);
                run.Expect("startContainer", "start");
                Before(run, "startContainer2", "program");
            }, "1.0.2"),
            Must("startContainer.path", "Their path is looked up in the container's file system.", box =>
                Expect.That((bool)Run(box).First("startContainer")["hasInside"]!, "the hook does not run in the container's root"),
                "1.0.2"),
            Must("startContainer.namespace", "They run in the container's namespaces.",
                box => Run(box).ExpectNamespaces("startContainer", Run(box).Inside), "1.0.2")),
        new("config.md#configHooksPoststart",
        [
            Must("poststart.when", "Poststart hooks run when the program runs, before start returns.", box =>
            {
                HookRun run = Run(box);
                run.Expect("poststart", "start");
                Expect.Contains("/inside\0", (string?)run.First("poststart")["program"] ?? "",
                    "what the container's process runs when the hook does");
            }),
            .. Outside("poststart"),
        ]),
        new("config.md#configHooksPoststop",
        [
            Must("poststop.when", "Poststop hooks run when the container is gone, before delete returns.", box =>
            {
                HookRun run = Run(box);
                run.Expect("poststop", "delete");
                Expect.That(!((bool?)run.First("poststop")["pidExists"] ?? false), "the container's process is there");
            }),
            .. Outside("poststop"),
        ]),
    ];

    private static readonly System.Runtime.CompilerServices.ConditionalWeakTable<Host, Lazy<HookRun>> Runs = [];

    /// <summary>Made by whichever test asks first; its box is a later test's no matter.</summary>
    private static HookRun Run(Box box) => Runs.GetValue(box.Host, host => new Lazy<HookRun>(() =>
    {
        using Box own = new(host);
        return new HookRun(own);
    })).Value;

    private static Test[] Create(string kind, Test? order, bool isInside)
    {
        // Until 1.1.0 prestart hooks were said to run in start.
        string since = kind == "prestart" ? "1.1.0" : "1.0.2";
        Test when = Must(kind + ".when", $"They run in create, when namespaces and mounts are there and the root is not yet switched.",
            box =>
        {
            HookRun run = Run(box);
            run.Expect(kind, "create");
            JsonObject line = run.First(kind);
            JsonArray mounts = (JsonArray)line[isInside ? "ownMounts" : "mounts"]!;
            Expect.Contains($" {run.Rootfs}/mnt ", mounts.ToJsonString(), "mounts, when the hook runs");
            Expect.That((bool)line[isInside ? "seesConfig" : "seesBundle"]!, "the root is already switched when the hook runs");
        }, since);
        Test path = Must(kind + ".path", "Their path is looked up in the runtime's file system, not the container's.",
            box => Run(box).First(kind), since);
        Test where = isInside
            ? Must(kind + ".namespace", "They run in the container's namespaces.", box => Run(box).ExpectNamespaces(kind, Run(box).Inside),
                since)
            : Must(kind + ".namespace", "They run in the runtime's namespaces.", box => Run(box).ExpectNamespaces(kind, Run(box).Outside),
                since);
        return order is null ? [when, path, where] : [when, order with { Since = since }, path, where];
    }

    private static Test[] Outside(string kind) =>
    [
        Must(kind + ".path", "Their path is looked up in the runtime's mount namespace.", box => Run(box).First(kind)),
        Must(kind + ".namespace", "They run in the runtime's namespaces.", box => Run(box).ExpectNamespaces(kind, Run(box).Outside)),
    ];

    private static void Before(HookRun run, string first, string second)
    {
        Expect.That(run.Position(first) >= 0 && run.Position(second) >= 0,
            $"{first} or {second} does not run: {string.Join(' ', run.All.Hooks)}");
        Expect.That(run.Position(first) < run.Position(second), $"{second} runs before {first}");
    }

    private static JsonObject State(HookRun run, string kind) => (JsonObject)JsonNode.Parse((string)run.First(kind)["stdin"]!)!;

    private static void States(Box box)
    {
        HookRun run = Run(box);
        foreach (string kind in HookRun.Claimed(box.Host))
        {
            Expect.That(!run.First(kind).ContainsKey("notJson"), $"{kind}: the standard input is no JSON");
            JsonObject state = State(run, kind);
            Expect.Equal(run.Container.Id, (string?)state["id"], $"id for {kind}");
            Expect.Equal(run.Container.Bundle.Path, (string?)state["bundle"], $"bundle for {kind}");
            Expect.That(state["ociVersion"] is JsonValue, $"{kind}: no ociVersion");
            Expect.That(state["status"] is JsonValue, $"{kind}: no status");
        }
        // When `creating` ends is told in two ways, by the step and by the operation; behind it nothing is left open.
        Expect.Equal("running", (string?)State(run, "poststart")["status"], "status for poststart");
        Expect.Equal("stopped", (string?)State(run, "poststop")["status"], "status for poststop");
    }

    private static void Pids(Box box)
    {
        HookRun run = Run(box);
        foreach (string kind in HookRun.Claimed(box.Host))
            if (kind != "poststop")
                Expect.Equal(kind is "createContainer" or "startContainer" ? 1 : run.Container.Pid, (int?)State(run, kind)["pid"] ?? 0,
                    $"pid for {kind}");
    }
}
