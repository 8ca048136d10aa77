using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json.Nodes;

namespace SharpRunc.Conformance;

/// <summary>A test's own state root, bundles and containers; whatever becomes of the test, nothing of them stays.</summary>
internal sealed class Box : IDisposable
{
    private readonly List<Container> containers = [];
    private readonly List<Action> endings = [];

    public Box(Host host)
    {
        Host = host;
        Name = host.NextName();
        Work = Path.Combine(host.Work, "box-" + Name);
        Directory.CreateDirectory(Work);
        File.SetUnixFileMode(Work, (UnixFileMode)0x1ED);
    }

    public Host Host { get; }

    /// <summary>No other test's.</summary>
    public string Name { get; }

    /// <summary>A directory that goes with the test.</summary>
    public string Work { get; }

    public string Root => Path.Combine(Work, "state");

    /// <summary>Runs a command of the runtime.</summary>
    public Result Call(params string[] arguments) => Host.Run([Host.Program, "--root", Root, .. arguments], Work);

    public string NewId() => $"c{Name}-{Host.NextName()}";

    /// <summary>A bundle whose program does the verbs, one after the other.</summary>
    public Bundle NewBundle(params string[] verbs) => NewBundle(null, verbs);

    public Bundle NewBundle(Action<Bundle>? change, params string[] verbs)
    {
        string number = Host.NextName();
        Bundle bundle = new(Path.Combine(Work, "bundle-" + number), Host.Inside, $"/{Host.Cgroup}/{Name}-{number}", verbs);
        change?.Invoke(bundle);
        bundle.Write();
        return bundle;
    }

    /// <summary>Whether create takes it or not.</summary>
    public Container TryCreate(Bundle bundle, params string[] flags)
    {
        Container container = new(this, NewId(), bundle);
        containers.Add(container);
        container.Create(flags);
        return container;
    }

    public Container Create(Bundle bundle, params string[] flags)
    {
        Container container = TryCreate(bundle, flags);
        container.Created.Expect("create");
        return container;
    }

    public Container Start(Bundle bundle, params string[] flags)
    {
        Container container = Create(bundle, flags);
        container.Start();
        return container;
    }

    /// <summary>A container that only lives.</summary>
    public Container Sleeper(Action<Bundle>? change = null) => Start(NewBundle(change, "sleep 300"));

    /// <summary>Runs the program to its end; what it answered.</summary>
    public Answers Run(Action<Bundle>? change, params string[] verbs) => Run(NewBundle(change, verbs));

    public Answers Run(Bundle bundle)
    {
        Container container = Start(bundle);
        container.WaitForEnd();
        return container.Answers();
    }

    /// <summary>All that the program can tell of itself.</summary>
    public JsonObject Facts(Action<Bundle>? change = null) => Run(change, "facts")[0];

    /// <summary>What a test made outside of its directory.</summary>
    public void AtEnd(Action ending) => endings.Add(ending);

    public void Dispose()
    {
        try
        {
            foreach (Container container in containers)
                container.Destroy();
            foreach (Action ending in endings)
                ending();
        }
        finally
        {
            foreach (Container container in containers)
                Host.Cgroups.Remove(container.Bundle.CgroupsPath);
            Mounts.Unmount(Work);
            RemoveWork();
        }
    }

    private void RemoveWork()
    {
        try
        {
            Directory.Delete(Work, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Tried again at the end of all, when nothing runs any more.
        }
    }
}
