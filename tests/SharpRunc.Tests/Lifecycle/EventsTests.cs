using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

internal sealed class EventsTests
{
    private const string Runc = "/usr/sbin/runc";

    /// <summary>Counters that are left out while they are 0.</summary>
    private static readonly string[] MayBeMissing = ["/blkio/", "/throttling/", "/memory/cache", "/usage", "/max", "/total", "/current",
        "/limit"];

    private static JsonNode Stats(Result result)
    {
        Assert.That(result.Expect(0).Output, Does.EndWith("}\n"));
        JsonNode line = JsonNode.Parse(result.Output)!;
        Assert.That((string)line["type"]!, Is.EqualTo("stats"));
        return line["data"]!;
    }

    [Test]
    public void Statistics_have_the_shape_of_runcs()
    {
        if (!File.Exists(Runc))
            Assert.Ignore("runc is not installed");
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        string id = Runtime.NewId(), theirs = Runtime.NewId(), root = Path.Combine(runtime.Work, "runc");
        runtime.StartContainer(id, bundle);
        SortedDictionary<string, JsonValueKind> ours = Shape(Stats(runtime.Run("events", "--stats", id)));
        Bundle second = runtime.NewBundle("sleep", "1000");
        runtime.Execute([Runc, "--root", root, "run", "--detach", "--bundle", second.Path, theirs]).Expect(0);
        try
        {
            SortedDictionary<string, JsonValueKind> expected =
                Shape(Stats(runtime.Execute([Runc, "--root", root, "events", "--stats", theirs])));
            Assert.Multiple(() =>
            {
                foreach ((string path, JsonValueKind kind) in expected)
                    Assert.That(ours.TryGetValue(path, out JsonValueKind own) ? own : kind, Is.EqualTo(kind), path);
                Assert.That(Steady(ours), Is.EqualTo(Steady(expected)));
            });
        }
        finally
        {
            runtime.Execute([Runc, "--root", root, "delete", "--force", theirs]);
        }
    }

    private static List<string> Steady(SortedDictionary<string, JsonValueKind> shape)
    {
        List<string> paths = [.. shape.Keys];
        paths.RemoveAll(path => Array.Exists(MayBeMissing, end => path.Contains(end, StringComparison.Ordinal)));
        return paths;
    }

    /// <summary>Every member's path and what it is; the items of an array count as one.</summary>
    private static SortedDictionary<string, JsonValueKind> Shape(JsonNode? node, string path = "",
        SortedDictionary<string, JsonValueKind>? into = null)
    {
        into ??= new(StringComparer.Ordinal);
        into[path] = node?.GetValueKind() ?? JsonValueKind.Null;
        if (node is JsonObject members)
            foreach ((string name, JsonNode? value) in members)
                Shape(value, $"{path}/{name}", into);
        else if (node is JsonArray items)
            foreach (JsonNode? item in items)
                Shape(item, path + "/*", into);
        return into;
    }

    [Test]
    public void Statistics_are_what_the_cgroup_says()
    {
        using Runtime runtime = Runtime.Create();
        if (!Support.Cgroups.Has("memory"))
            Assert.Ignore("needs v1 controllers");
        Bundle bundle = runtime.NewBundle("sh", "-c", "sleep 1000 & wait");
        bundle.Linux["resources"] =
            JsonNode.Parse("""{ "memory": { "limit": 67108864 }, "pids": { "limit": 30 }, "cpu": { "cpus": "0" } }""");
        string id = Runtime.NewId();
        runtime.StartContainer(id, bundle);
        JsonNode? data = null;
        SpinWait.SpinUntil(() => (int)(data = Stats(runtime.Run("events", "--stats", id)))["pids"]!["current"]! == 2, 10_000);
        Assert.That(data!["pids"]!.ToJsonString(), Is.EqualTo("""{"current":2,"limit":30}"""));
        Assert.That((ulong)data["memory"]!["usage"]!["limit"]!, Is.EqualTo(67108864));
        Assert.That((ulong)data["memory"]!["usage"]!["usage"]!, Is.GreaterThan(0).And.LessThan(67108864));
        Assert.That((ulong)data["cpu"]!["usage"]!["total"]!, Is.GreaterThan(0));
        Assert.That(data["cpuset"]!["cpus"]!.ToJsonString(), Is.EqualTo("[0]"));
    }

    [Test]
    public void A_paused_container_has_statistics_too()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        runtime.Run("pause", id).Expect(0);
        Assert.That((int)Stats(runtime.Run("events", "--stats", id))["pids"]!["current"]!, Is.EqualTo(1));
        Assert.That(runtime.Status(id), Is.EqualTo("paused"));
    }

    [Test]
    public void They_come_at_every_interval_until_the_container_ends()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId(), output = Path.Combine(runtime.Work, "events");
        int pid = runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        Child events = Child.Start(runtime.Command("events", "--interval", "50ms", id), output, output);
        Assert.That(SpinWait.SpinUntil(() => File.Exists(output) && File.ReadAllLines(output).Length >= 3, 20_000));
        runtime.Run("kill", id, "KILL").Expect(0);
        Assert.That(events.Wait(TimeSpan.FromSeconds(20)), Is.Zero);
        Runtime.WaitForEnd(pid);
        foreach (string line in File.ReadAllLines(output))
            Assert.That((string)JsonNode.Parse(line)!["type"]!, Is.EqualTo("stats"));
    }

    [Test]
    public void A_kill_for_want_of_memory_is_an_event()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle =
            runtime.NewBundle("sh", "-c", "while [ ! -e /go ]; do sleep 0.05; done; tail /dev/zero; sleep 0.1; tail /dev/zero; sleep 0.1");
        bundle.Linux["resources"] = JsonNode.Parse("""{ "memory": { "limit": 16777216, "swap": 16777216 } }""");
        string id = Runtime.NewId(), output = Path.Combine(runtime.Work, "events");
        int pid = runtime.StartContainer(id, bundle);
        Child events = Child.Start(runtime.Command("events", "--interval", "1h", id), output, output);
        // It watches once it has opened the eventfd (v1) or memory.events (v2).
        Assert.That(SpinWait.SpinUntil(() => Watches(events.Pid), 20_000));
        File.WriteAllText(Path.Combine(bundle.Rootfs, "go"), "");
        Assert.That(events.Wait(TimeSpan.FromSeconds(30)), Is.Zero);
        Runtime.WaitForEnd(pid);
        Assert.That(File.ReadAllLines(output), Has.Length.GreaterThanOrEqualTo(2).And.All.EqualTo($$"""{"type":"oom","id":"{{id}}"}"""));
    }

    /// <summary>v1: the eventfd is there, and what registered it is closed again; v2: memory.events is open.</summary>
    private static bool Watches(int pid)
    {
        List<string> open = [];
        foreach (string descriptor in Directory.GetFiles($"/proc/{pid}/fd"))
            try
            {
                open.Add(File.ResolveLinkTarget(descriptor, false)?.Name ?? "");
            }
            catch (IOException)
            {
                return false; // closed meanwhile
            }
        return open.Contains("memory.events") || open.Exists(name => name.Contains("eventfd", StringComparison.Ordinal))
            && !open.Contains("cgroup.event_control");
    }

    [Test]
    public void Only_a_container_that_lives_has_events()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        int pid = runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        runtime.Run("events", "--interval", "0s", id).ExpectError("duration interval must be greater than 0");
        runtime.Run("events", "--interval", "-5s", id).ExpectError("duration interval must be greater than 0");
        runtime.Run("events", "--interval", "soon", id).ExpectError("invalid value \"soon\" for flag -interval: parse error");
        runtime.Run("kill", id, "KILL").Expect(0);
        Runtime.WaitForEnd(pid);
        runtime.Run("events", "--stats", id).ExpectError($"container with id {id} is not running");
        runtime.Run("events", id).ExpectError($"container with id {id} is not running");
        runtime.Run("events", "nothing").ExpectError("container does not exist");
    }

    [Test]
    public void The_network_interfaces_of_the_container_are_counted()
    {
        using Runtime runtime = Runtime.Create();
        using NetworkNamespace host = NetworkNamespace.Create(runtime);
        host.Make("dev0");
        host.Make("dev1");
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        bundle.Linux["netDevices"] = JsonNode.Parse("""{ "dev0": { "name": "eth0" }, "dev1": { "name": "eth1" } }""");
        string id = Runtime.NewId();
        int pid = host.StartContainer(id, bundle);
        host.Say("link set dev0-peer up"); // the two say hello to each other
        JsonNode? interfaces = null;
        Assert.That(
            SpinWait.SpinUntil(
                () => (ulong)(interfaces = Stats(runtime.Run("events", "--stats", id))["network_interfaces"]!)[0]!["RxPackets"]! > 0,
                20_000));
        host.Say("link set dev0-peer down");
        // A last greeting may still be dropped between two readings.
        string told = "", expected = "?";
        SpinWait.SpinUntil(() =>
        {
            interfaces = Stats(runtime.Run("events", "--stats", id))["network_interfaces"]!;
            told = interfaces[0]!.ToJsonString();
            JsonNode counted = JsonNode.Parse(NetworkNamespace.Say(runtime, pid, "-json -stats link show eth0"))![0]!["stats64"]!;
            expected = $$"""{"Name":"eth0",{{Numbers("Rx", counted["rx"]!)}},{{Numbers("Tx", counted["tx"]!)}}}""";
            return told == expected;
        }, 20_000);
        Assert.That(interfaces!.AsArray(), Has.Count.EqualTo(2));
        Assert.That((string)interfaces[1]!["Name"]!, Is.EqualTo("eth1"));
        Assert.That(told, Is.EqualTo(expected));

        static string Numbers(string way, JsonNode of)
            => $"\"{way}Bytes\":{of["bytes"]},\"{way}Packets\":{of["packets"]},\"{way}Errors\":{of["errors"]},\"{way}Dropped\":{of["dropped"]}";
    }

    [Test]
    public void The_runtimes_own_network_interfaces_are_not_the_containers()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        runtime.StartContainer(id, runtime.NewBundle("sleep", "1000").WithoutNamespace("network").WithoutSysfs().Write());
        JsonNode data = Stats(runtime.Run("events", "--stats", id));
        Assert.That(data.AsObject().ContainsKey("network_interfaces") && data["network_interfaces"] is null);
        Assert.That(data["intel_rdt"]!.ToJsonString(), Is.EqualTo("{}"));
    }
}
