using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json.Nodes;

namespace SharpRunc.Conformance;

/// <summary>
/// One container with two hooks of each kind, from create to delete, and the log behind each operation. Made once for all tests
/// that look at it.
/// </summary>
internal sealed class HookRun
{
    public static readonly string[] Kinds = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"];

    /// <summary>Those of the version that the runtime keeps to.</summary>
    public static string[] Claimed(Host host) => host.Runtime.Claims("1.0.2") is null ? Kinds : ["prestart", "poststart", "poststop"];

    private readonly Answers behindCreate, behindStart, beforeDelete;

    public HookRun(Box box)
    {
        Bundle bundle = box.NewBundle("to /log/lines", "say program", "sleep 300");
        bundle.Mount("/mnt", "tmpfs", "tmpfs");
        foreach (string kind in Kinds)
            for (int i = 1; i <= 2; i++)
                bundle.Hook(kind, $"{kind}{i}");
        bundle.Write();
        Rootfs = bundle.Rootfs;
        Container container = box.Create(bundle);
        Container = container;
        behindCreate = container.Log();
        Inside = Namespaces(container.Pid.ToString());
        Outside = Namespaces("self");
        container.Start();
        behindStart = container.Log();
        for (int i = 0; i < 200 && !container.Log().Has("program"); i++)
            System.Threading.Thread.Sleep(10);
        container.Stop();
        beforeDelete = container.Log();
        container.Delete();
        All = container.Log();
    }

    public Container Container { get; }

    public string Rootfs { get; }

    /// <summary>Links of the container's process, and of the runtime's caller.</summary>
    public Dictionary<string, string> Inside { get; }

    public Dictionary<string, string> Outside { get; }

    /// <summary>Every line of the log.</summary>
    public Answers All { get; }

    public JsonObject First(string kind) => All.Hook(kind + "1");

    /// <summary>What was written while that operation ran.</summary>
    public void Expect(string kind, string operation)
    {
        (Answers before, Answers behind) = operation switch
        {
            "create" => (new Answers("", Container.Created), behindCreate),
            "start" => (behindCreate, behindStart),
            _ => (beforeDelete, All),
        };
        string name = kind + "1";
        Conformance.Expect.That(All.Has(name), $"the {kind} hooks do not run");
        Conformance.Expect.That(!before.Has(name), $"the {kind} hooks run before {operation}");
        Conformance.Expect.That(behind.Has(name), $"the {kind} hooks run after {operation} has returned");
    }

    public int Position(string name) => Array.IndexOf(All.Hooks, name);

    /// <summary>All namespaces of the hook are those of the container, or of the runtime.</summary>
    public void ExpectNamespaces(string kind, Dictionary<string, string> expected)
    {
        foreach ((string type, JsonNode? link) in (JsonObject)First(kind)["namespaces"]!)
            Conformance.Expect.Equal(expected[type], (string?)link ?? "", $"{type} namespace of the {kind} hooks");
    }

    private static Dictionary<string, string> Namespaces(string pid)
    {
        Dictionary<string, string> links = [];
        foreach (string file in Directory.GetFiles($"/proc/{pid}/ns"))
            links[Path.GetFileName(file)] = new FileInfo(file).LinkTarget ?? "";
        return links;
    }
}
