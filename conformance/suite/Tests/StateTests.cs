using System;
using System.IO;
using System.Text.Json.Nodes;
using static SharpRunc.Conformance.Test;

namespace SharpRunc.Conformance;

internal static class StateTests
{
    public static Section[] Sections =>
    [
        new("runtime.md#runtimeScopeContainer",
            Must("scope.operations", "Who created a container can use every operation on it.", Operations)),
        new("runtime.md#runtimeState",
            Required("state.ociVersion", "A state says the version of the specification that it keeps to.", box =>
                Expect.That(IsVersion(Created(box)["ociVersion"]), "ociVersion is no semantic version")),
            Required("state.id", "A state has the container's id.", box =>
            {
                Container container = box.Create(box.NewBundle("sleep 300"));
                Expect.Equal(container.Id, (string?)container.State()["id"], "id");
            }),
            Must("state.id-unique", "No two containers of the runtime have the same id.", IdsAreUnique),
            Required("state.status", "A state has the container's status: created, running, stopped.", Statuses),
            Must("state.status-additional", "A further status is none of the four by another name.", box =>
            {
                Container container = box.Start(box.NewBundle("sleep 300"));
                Expect.Equal("running", container.Status(), "status of a container whose program runs");
            }),
            Required("state.pid", "A state has pid while the container is created or running.", Pids),
            Required("state.bundle", "A state has the bundle's absolute path, also when create was given a relative one.", box =>
            {
                Bundle bundle = box.NewBundle("sleep 300");
                Container container = box.Create(bundle, "--bundle", Path.GetRelativePath(box.Work, bundle.Path));
                Expect.Equal(bundle.Path, (string?)container.State()["bundle"], "bundle");
                Expect.That(Path.IsPathRooted((string?)container.State()["bundle"] ?? ""), "bundle is not absolute");
            }),
            Must("state.schema", "A state keeps to the JSON schema of states.", Schema)),
        new("runtime.md#runtimeOperations",
            Must("operations.all", "State, create, start, kill and delete are there.", Operations)),
        new("runtime.md#runtimeQueryState",
            Must("query.id", "State without an id is an error.", box => box.Call("state").ExpectError("state without an id")),
            Must("query.unknown", "State of a container that does not exist is an error.", box =>
                box.Call("state", box.NewId()).ExpectError("state of an unknown container")),
            Must("query.state", "State tells the container's state.", Statuses)),
    ];

    private static void Operations(Box box)
    {
        Container container = box.Create(box.NewBundle("sleep 300"));
        container.State();
        container.Start();
        container.Stop();
        container.Delete();
    }

    private static JsonObject Created(Box box) => box.Create(box.NewBundle("sleep 300")).State();

    private static bool IsVersion(JsonNode? value) => ((string?)value)?.Split('-', '+')[0].Split('.') is { Length: 3 } parts
        && Array.TrueForAll(parts, p => p.Length > 0 && Array.TrueForAll(p.ToCharArray(), char.IsAsciiDigit));

    private static void IdsAreUnique(Box box)
    {
        Container first = box.Create(box.NewBundle("sleep 300"));
        Result second = box.Call("create", "--bundle", box.NewBundle("sleep 300").Path, first.Id);
        second.ExpectError("create with an id that is taken");
        Expect.Equal(first.Pid, (int?)first.State()["pid"] ?? 0, "pid of the container that has the id");
    }

    private static void Statuses(Box box)
    {
        Container container = box.Create(box.NewBundle("sleep 300"));
        Expect.Equal("created", container.Status(), "status behind create");
        container.Start();
        Expect.Equal("running", container.Status(), "status behind start");
        container.Kill("KILL").Expect("kill");
        container.WaitForEnd();
        container.WaitUntilStopped();
    }

    private static void Pids(Box box)
    {
        Container container = box.Create(box.NewBundle("sleep 300"));
        foreach (string status in new[] { "created", "running" })
        {
            if (status == "running")
                container.Start();
            int pid = (int?)container.State()["pid"] ?? 0;
            Expect.That(Processes.Lives(pid), $"pid {pid} of a {status} container is no process");
        }
    }

    private static void Schema(Box box)
    {
        JsonObject state =
            box.Create(box.NewBundle(b => b.Config["annotations"] = new JsonObject { ["org.example.a"] = "b", ["org.example.empty"] = "" },
                "sleep 300")).State();
        Expect.That(IsVersion(state["ociVersion"]), "ociVersion is no semantic version");
        foreach (string name in new[] { "id", "status", "bundle" })
            Expect.That(state[name] is JsonValue value && value.TryGetValue(out string? _), $"{name} is no string");
        Expect.That(state["pid"] is JsonValue pid && pid.TryGetValue(out int number) && number >= 0, "pid is no integer");
        if (state["annotations"] is not JsonObject annotations)
            throw new Failed("annotations is no object although the configuration has some");
        foreach ((string key, JsonNode? value) in annotations)
            Expect.That(value is JsonValue text && text.TryGetValue(out string? _), $"annotation {key} is no string");
        Expect.Equal("b", (string?)annotations["org.example.a"], "annotation");
    }
}
