using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;

namespace SharpRunc.Tests.Support;

/// <summary>
/// The real binary (or the one that $RUNTIME names) with a state root and a cgroup of its own. Disposing it removes its
/// containers and fails the test if a process, mount, cgroup or state directory is left.
/// </summary>
internal sealed class Runtime : IDisposable
{
    private static int number;
    private readonly string work = Directory.CreateTempSubdirectory("sharprunc-test-").FullName;
    private readonly List<Bundle> bundles = [];

    private Runtime(string program, OrdinaryUser? user = null) => (Program, User) = (program, user);

    /// <summary>Whose commands these are; null: root's.</summary>
    public OrdinaryUser? User { get; }

    public string Program { get; private set; }

    public string Root => Path.Combine(work, "state");

    /// <summary>A directory that goes with the test.</summary>
    public string Work => work;

    /// <summary>The top-level cgroup of this test's containers, without a leading slash.</summary>
    public string CgroupName => Path.GetFileName(work);

    /// <summary>The runtime under test: $RUNTIME, $SHARPRUNC, or what `make build` left.</summary>
    public static string Binary
    {
        get
        {
            string program = Environment.GetEnvironmentVariable("RUNTIME") ?? Environment.GetEnvironmentVariable("SHARPRUNC")
                ?? Path.Combine(Repository.Root, "out", "sharprunc");
            if (!File.Exists(program))
                Assert.Ignore($"{program} is missing: make build");
            return program;
        }
    }

    /// <summary>For a user without privileges; bundles are his, name no cgroup, and map his id to root.</summary>
    public static Runtime CreateForUser(string prepare = "")
    {
        OrdinaryUser user = new(prepare);
        return Create(user);
    }

    /// <summary>Skips the test where it cannot run.</summary>
    public static Runtime Create(OrdinaryUser? user = null)
    {
        string program = Binary;
        if (!Environment.IsPrivilegedProcess)
            Assert.Ignore("needs root");
        if (!Bundle.CanBeMade)
            Assert.Ignore("busybox-static is not installed");
        Child.BecomeSubreaper();
        Runtime runtime = new(program, user);
        Directory.CreateDirectory(runtime.Root);
        if (user is not null)
        {
            // Where the binary was built he may not come.
            runtime.Program = Path.Combine(runtime.Work, "sharprunc");
            File.Copy(program, runtime.Program);
            user.Own(runtime.Work);
        }
        return runtime;
    }

    /// <summary>An id that no other container has.</summary>
    public static string NewId() => $"t{Environment.ProcessId}-{++number}";

    /// <summary>A bundle that runs <paramref name="args"/>, disposed with the runtime.</summary>
    public Bundle NewBundle(params string[] args) => Adopt(Bundle.Create(args)).Write();

    /// <summary>Puts a bundle into this test's cgroup and disposes it at the end.</summary>
    public Bundle Adopt(Bundle bundle)
    {
        bundles.Add(bundle);
        if (User is not null)
            return User.MapInto(bundle);
        bundle.Linux["cgroupsPath"] = $"/{CgroupName}/{bundles.Count}";
        return bundle;
    }

    public string[] Command(params string[] arguments)
    {
        string[] command = [Program, "--root", Root, .. arguments];
        return User is null ? command : User.Command(command);
    }

    /// <summary>Runs a command of the runtime to its end; its streams are files.</summary>
    public Result Run(params string[] arguments) => Execute(Command(arguments));

    /// <summary>Runs the bundle attached, as it now is.</summary>
    public Result RunBundle(Bundle bundle, params string[] flags) => Run(["run", .. flags, "--bundle", bundle.Write().Path, NewId()]);

    /// <summary>As <see cref="RunBundle"/>, with the log's warnings among the errors, where without --log only errors are.</summary>
    public Result RunBundleLogged(Bundle bundle, params string[] flags)
        => Run(["--log", "/dev/stderr", "run", .. flags, "--bundle", bundle.Write().Path, NewId()]);

    /// <summary>Creates and starts it; the container's process.</summary>
    public int StartContainer(string id, Bundle bundle)
    {
        int pid = CreateContainer(id, bundle.Write());
        Run("start", id).Expect(0);
        return pid;
    }

    /// <summary>A container that only lives, for its namespaces; disposed with the runtime.</summary>
    public int Sleeper(Action<Bundle>? change = null)
    {
        Bundle bundle = NewBundle("sleep", "1000");
        change?.Invoke(bundle);
        return StartContainer(NewId(), bundle);
    }

    /// <summary>Runs any program to its end; a minute is enough for all of them.</summary>
    public Result Execute(IReadOnlyList<string> command, string? directory = null, IReadOnlyList<string>? environment = null)
    {
        string name = Path.Combine(work, $"{++number}"), output = name + ".out", errors = name + ".err";
        int exit = Child.Start(command, output, errors, directory, environment).Wait(TimeSpan.FromSeconds(60));
        return new Result(string.Join(' ', command), exit, File.ReadAllText(output), File.ReadAllText(errors));
    }

    /// <summary>The container's process as the host numbers it.</summary>
    public int Pid(string id) => (int)State(id)["pid"]!;

    public JsonObject State(string id) => (JsonObject)JsonNode.Parse(Run("state", id).Expect(0).Output)!;

    public string Status(string id) => (string)State(id)["status"]!;

    /// <summary>Waits until the container's process has ended and nobody but the runtime remembers it.</summary>
    public static void WaitForEnd(int pid) => Child.Reap(pid);

    /// <summary>Creates a container and tells its process.</summary>
    public int CreateContainer(string id, Bundle bundle, params string[] flags)
    {
        string pidFile = Path.Combine(work, id + ".pid");
        Run(["create", "--bundle", bundle.Path, "--pid-file", pidFile, .. flags, id]).Expect(0);
        return int.Parse(File.ReadAllText(pidFile), CultureInfo.InvariantCulture);
    }

    /// <summary>Whether a line of mountinfo names one of this test's directories.</summary>
    public bool Owns(string mount)
    {
        foreach (Bundle bundle in bundles)
            if (mount.Contains(bundle.Path, StringComparison.Ordinal))
                return true;
        return mount.Contains(work, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        try
        {
            Leftovers.Reap(); // a process whose parent we are keeps its PID namespace's init until it is reaped
            foreach (string state in Directory.GetDirectories(Root))
                Run("delete", "--force", Path.GetFileName(state));
            Leftovers.Reap();
            Assert.That(Leftovers.Of(this), Is.Empty);
        }
        finally
        {
            Leftovers.Remove(this);
            foreach (Bundle bundle in bundles)
                bundle.Dispose();
            Directory.Delete(work, recursive: true);
        }
    }
}
