using System;
using System.Collections.Generic;
using System.IO;
using System.Security.Cryptography;
using System.Text.Json;
using System.Threading;
using NUnit.Framework;

namespace SharpRunc.Tests.Support;

/// <summary>
/// Private mount, network and PID namespaces in which a real engine runs, with a top-level cgroup of its own. All of it ends
/// when it is disposed.
/// </summary>
internal sealed class Engine : IDisposable
{
    private const string Unshare = "/usr/bin/unshare", Nsenter = "/usr/bin/nsenter";

    /// <summary>
    /// The first process: prepares what engines expect, then waits for ever and so collects the daemons' orphans.
    /// </summary>
    private const string Init = """
        ip link set lo up
        mount -t tmpfs tmpfs /run
        mount --make-rshared /
        echo 1 >/proc/sys/net/ipv4/ip_forward
        touch "$1/ready"
        while :; do sleep 1000 & wait; done
        """;

    private readonly Child unshare;
    private readonly string init;
    private readonly List<Child> daemons = [];
    private readonly List<string> environment;
    private int number;

    private Engine(string runtime, string[] variables)
    {
        RuntimeProgram = runtime;
        Work = Directory.CreateTempSubdirectory("sharprunc-engine-").FullName;
        environment = ["PATH=" + Path.Combine(Work, "bin") + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME=" + Work, .. variables];
        Directory.CreateDirectory(Path.Combine(Work, "bin"));
        unshare = Child.Start([Unshare, "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private",
            "/bin/sh", "-c", Init, "sh", Work],
            errors: Path.Combine(Work, "init.log"));
        WaitUntil(() => File.Exists(Path.Combine(Work, "ready")), "the namespaces");
        init = File.ReadAllText($"/proc/{unshare.Pid}/task/{unshare.Pid}/children").Trim();
    }

    public string Work { get; }

    /// <summary>The runtime under test.</summary>
    public string RuntimeProgram { get; }

    /// <summary>Without a leading slash.</summary>
    public string CgroupName => Path.GetFileName(Work);

    /// <summary>Skips the test unless the programs of an engine are there.</summary>
    public static Engine Start(string[] programs, params string[] variables)
    {
        string runtime = Runtime.Binary;
        foreach (string program in programs)
            if (!File.Exists(program))
                Assert.Ignore($"{program} is not installed");
        if (!Environment.IsPrivilegedProcess)
            Assert.Ignore("needs root");
        if (!Bundle.CanBeMade)
            Assert.Ignore("busybox-static is not installed");
        Child.BecomeSubreaper();
        return new Engine(runtime, variables);
    }

    /// <summary>Starts a daemon in the namespaces; its log is shown when something it was asked for fails.</summary>
    public void Daemon(params string[] command)
        => daemons.Add(Child.Start(Inside(command), Log, Log, environment: environment));

    /// <summary>Runs a program in the namespaces to its end.</summary>
    public Result Execute(params string[] command)
    {
        string name = Path.Combine(Work, $"{Interlocked.Increment(ref number)}"), output = name + ".out", errors = name + ".err";
        int exit = Child.Start(Inside(command), output, errors, environment: environment).Wait(TimeSpan.FromSeconds(90));
        return new Result(string.Join(' ', command), exit, File.ReadAllText(output), File.ReadAllText(errors));
    }

    /// <summary>Starts a program in the namespaces; its streams are nobody's.</summary>
    public Child Launch(params string[] command) => Child.Start(Inside(command), environment: environment);

    /// <summary>Starts a program in the namespaces, as a user at that terminal does.</summary>
    public Child StartAt(TestTerminal terminal, params string[] command) => terminal.Start(Inside(command), environment);

    /// <summary>Asks until the answer is yes.</summary>
    public void WaitUntil(Func<bool> condition, string what)
    {
        for (int i = 0; i < 200; i++, Thread.Sleep(50))
            if (condition())
                return;
        Assert.Fail($"{what}: not within 10 s\n{(File.Exists(Log) ? File.ReadAllText(Log) : "")}");
    }

    /// <summary>A tar of a busybox root, for `import`.</summary>
    public string ImageArchive()
    {
        string archive = Path.Combine(Work, "rootfs.tar");
        using Bundle bundle = Bundle.Create("true");
        Execute("tar", "-C", bundle.Rootfs, "-cf", archive, ".").Expect(0);
        return archive;
    }

    /// <summary>The same as `docker save` writes an image, of one layer: <c>docker.io/library/bb:latest</c>.</summary>
    public string DockerArchive(params string[] command)
    {
        string directory = Directory.CreateDirectory(Path.Combine(Work, "image")).FullName, layer = Path.Combine(directory, "layer.tar"),
            archive = Path.Combine(Work, "image.tar");
        File.Move(ImageArchive(), layer);
        string digest = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(layer))), words = JsonSerializer.Serialize(command);
        File.WriteAllText(Path.Combine(directory, "config.json"), $$$"""
            {"architecture":"amd64","os":"linux","config":{"Cmd":{{{words}}},"Env":["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]},"rootfs":{"type":"layers","diff_ids":["sha256:{{{digest}}}"]}}
            """);
        File.WriteAllText(Path.Combine(directory, "manifest.json"),
            """[{"Config":"config.json","RepoTags":["bb:latest"],"Layers":["layer.tar"]}]""");
        Execute("tar", "-C", directory, "-cf", archive, "manifest.json", "config.json", "layer.tar").Expect(0);
        return archive;
    }

    public void Dispose()
    {
        foreach (Child daemon in daemons)
            daemon.Kill(15);
        foreach (Child daemon in daemons)
            EndOf(daemon);
        // With the first process all others of its PID namespace die.
        unshare.Kill(9);
        unshare.Wait();
        Leftovers.Reap();
        Cgroups.Remove(CgroupName);
        Cgroups.RemoveEmpty("default", "libpod_parent");
        for (int attempt = 0; Directory.Exists(Work) && attempt < 50; attempt++)
            try
            {
                Directory.Delete(Work, recursive: true);
            }
            catch (IOException)
            {
                Thread.Sleep(100);
            }
    }

    private string Log => Path.Combine(Work, "daemon.log");

    private string[] Inside(string[] command) => [Nsenter, "--target", init, "--mount", "--net", "--pid", "--", .. command];

    private static void EndOf(Child daemon)
    {
        try
        {
            daemon.Wait(TimeSpan.FromSeconds(15));
        }
        catch (TimeoutException)
        {
            // Killed by now.
        }
    }
}
