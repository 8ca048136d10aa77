using System.Collections.Generic;
using System.IO;
using System.Text.Json.Nodes;
using static SharpRunc.Conformance.Test;

namespace SharpRunc.Conformance;

internal static class CreateTests
{
    public static Section[] Sections =>
    [
        new("runtime.md#runtimeCreate",
            Must("create.arguments", "Create without an id, or without a bundle there, is an error.", box =>
            {
                box.Call("create", "--bundle", box.NewBundle("sleep 300").Path).ExpectError("create without an id");
                box.Call("create", "--bundle", Path.Combine(box.Work, "nowhere"), box.NewId())
                    .ExpectError("create of a bundle that is not there");
                // Without --bundle this command line takes the current directory, which here is no bundle.
                box.Call("create", box.NewId()).ExpectError("create without a bundle");
            }),
            Must("create.id-taken", "An id that is taken or invalid is an error of create …", box =>
            {
                Container first = box.Create(box.NewBundle("sleep 300"));
                string path = box.NewBundle("sleep 300").Path;
                box.Call("create", "--bundle", path, first.Id).ExpectError("create with an id that is taken");
                foreach (string id in InvalidIds)
                    box.Call("create", "--bundle", path, id).ExpectError($"create with the id \"{id}\"");
            }),
            MustNot("create.id-taken-nothing", "… and nothing is created.", box =>
            {
                Container first = box.Create(box.NewBundle("sleep 300"));
                Bundle bundle = box.NewBundle("sleep 300");
                box.Call("create", "--bundle", bundle.Path, first.Id).ExpectError("create with an id that is taken");
                NothingOf(box, bundle, first.Id);
                Expect.Equal("created", first.Status(), "status of the container that has the id");
                box.Call("create", "--bundle", bundle.Path, InvalidIds[0]).ExpectError("create with an invalid id");
                NothingOf(box, bundle, first.Id);
            }),
            Must("create.container", "Create makes a container: a process in namespaces and a cgroup of its own.", box =>
            {
                Container container = box.Create(box.NewBundle("sleep 300"));
                Expect.That(Processes.Lives(container.Pid), "there is no process");
                Expect.Equal("created", container.Status(), "status");
            }),
            Must("create.applied", "All properties but process are applied when create returns.", Applied),
            MustNot("create.args", "The program is not run before start.", box =>
            {
                Container container = box.Create(box.NewBundle("create /log/ran", "sleep 300"));
                System.Threading.Thread.Sleep(100);
                Expect.That(!File.Exists(Path.Combine(container.Bundle.Rootfs, "log/ran")), "the program has run");
                container.Start();
                container.WaitForAnswers(1);
            }),
            Must("create.cannot-apply", "A property that cannot be applied is an error of create …", box =>
                box.Refuses(NoSource, b => b.Mount("/mnt", "bind", "/", "rbind"))),
            MustNot("create.cannot-apply-nothing", "… and nothing is created.", box =>
            {
                Bundle bundle = box.NewBundle(NoSource, "sleep 300");
                Container container = box.TryCreate(bundle);
                container.Created.ExpectError("create");
                container.TryState().ExpectError("state of what could not be created");
                NothingOf(box, bundle, "");
            })),
        new("runtime.md#runtimeLifecycle",
            Must("lifecycle.environment", "Create makes the environment that the configuration describes.", Applied),
            Must("lifecycle.unable", "What cannot be made is an error of create.", box =>
                box.Refuses(b => b.Mount("/mnt", "nosuchfilesystem", "none"), b => b.Mount("/mnt", "tmpfs", "none"))),
            Must("lifecycle.resources", "Create makes all that is asked for …", Applied),
            MustNot("lifecycle.not-yet", "… and does not run the program.", box =>
            {
                Container container = box.Create(box.NewBundle("create /log/ran", "sleep 300"));
                System.Threading.Thread.Sleep(100);
                Expect.That(!File.Exists(Path.Combine(container.Bundle.Rootfs, "log/ran")), "the program has run");
            }),
            MustNot("lifecycle.updates", "What changes in config.json after create changes nothing.", box =>
            {
                Container container = box.Create(box.NewBundle("say first"));
                File.WriteAllText(container.Bundle.ConfigFile, container.Bundle.Config.ToJsonString()
                    .Replace("say first", "say second", System.StringComparison.Ordinal));
                container.Start();
                container.WaitForEnd();
                Expect.Equal("first", container.Answers().Text(0), "what the program says");
            })),
        new("runtime.md#runtimeErrors",
            Must("errors.nothing-left", "An operation that fails leaves everything as it was.", box =>
            {
                foreach ((string what, System.Action<Bundle> change) in Failures)
                {
                    Bundle bundle = box.NewBundle(change, "sleep 300");
                    string mounts = File.ReadAllText("/proc/self/mountinfo");
                    Container container = box.TryCreate(bundle);
                    if (container.Created.Succeeded)
                        container.TryStart().ExpectError($"create and start with {what}");
                    else
                        Expect.Equal(mounts, File.ReadAllText("/proc/self/mountinfo"), $"mounts of the host after {what}");
                    if (!container.Created.Succeeded)
                        NothingOf(box, bundle, what);
                }
            })),
    ];

    private static readonly string[] InvalidIds = ["../escape", "a/b", ".."];

    private static readonly (string, System.Action<Bundle>)[] Failures =
    [
        ("a source that is not there", NoSource),
        ("a file system that is not there", b => b.Mount("/mnt", "nosuchfilesystem", "none")),
        ("a hook that fails", b => b.Hook("createRuntime", "fails", "exit", "1")),
        ("a namespace that is not there", b => b.InNamespace("network", "/nowhere")),
    ];

    private static void NoSource(Bundle bundle) => bundle.Mount("/mnt", "bind", "/nowhere/at/all", "bind");

    /// <summary>No process and no cgroup of a container that could not be made.</summary>
    private static void NothingOf(Box box, Bundle bundle, string when)
    {
        foreach (string cgroup in box.Host.Cgroups.Of(bundle.CgroupsPath))
            throw new Failed($"{when}: {cgroup} is left");
    }

    private static void Applied(Box box)
    {
        Container container = box.Create(box.NewBundle(b =>
        {
            b.Config["hostname"] = "applied";
            b.Mount("/mnt", "tmpfs", "applied");
            ((JsonObject)b.Config["root"]!)["readonly"] = true;
        }, "sleep 300"));
        foreach (string type in new[] { "pid", "net", "ipc", "uts", "mnt" })
            Expect.Different(Link("self", type), Link($"{container.Pid}", type), $"{type} namespace of the container");
        List<string> points = [];
        foreach (string line in File.ReadAllLines($"/proc/{container.Pid}/mountinfo"))
            points.Add(line.Split(' ')[4]);
        foreach (string point in new[] { "/", "/proc", "/dev", "/mnt", "/sys" })
            Expect.That(points.Contains(point), $"{point} is not mounted when create returns");
        Expect.That(box.Host.Cgroups.Of(container.Bundle.CgroupsPath).Count > 0 || box.Host.Cgroups.Layout == "none",
            "the cgroup is not there");
    }

    private static string Link(string pid, string type) => new FileInfo($"/proc/{pid}/ns/{type}").LinkTarget ?? "";
}
