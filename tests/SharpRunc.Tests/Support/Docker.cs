using System;
using System.Collections.Generic;
using System.IO;

namespace SharpRunc.Tests.Support;

/// <summary>A private dockerd with the runtime under test and one image, <c>bb</c>.</summary>
internal sealed class Docker : IDisposable
{
    private const string Client = "/usr/bin/docker", Daemon = "/usr/sbin/dockerd", Socket = "unix:///run/docker-test.sock",
        PidFile = "/run/docker-test.pid";
    private readonly Engine engine;
    private readonly bool isDefault;
    private string[] command = [];

    /// <param name="isDefault">false: beside the engine's own runc, asked for by <c>--runtime</c>.</param>
    public Docker(bool isDefault)
        : this()
    {
        this.isDefault = isDefault;
        // BuildKit runs whatever `runc` comes first in the daemon's PATH.
        File.CreateSymbolicLink(Path.Combine(engine.Work, "bin", "runc"), engine.RuntimeProgram);
        string[] options = ["--add-runtime", "sharprunc=" + engine.RuntimeProgram, "--exec-opt", "native.cgroupdriver=cgroupfs"];
        Start("{}", isDefault ? [.. options, "--default-runtime", "sharprunc"] : options);
    }

    /// <param name="configuration">The daemon.json that alone decides about runtimes.</param>
    /// <param name="prepare">A script for the daemon's namespaces, before it starts; $1 is <see cref="Work"/>.</param>
    public Docker(string configuration, string prepare = "")
        : this()
    {
        engine.Execute("/bin/sh", "-ec", prepare, "sh", engine.Work).Expect(0);
        Start(configuration);
    }

    private Docker() => engine = Engine.Start([Client, Daemon, "/usr/bin/containerd"], "DOCKER_HOST=" + Socket, "DOCKER_BUILDKIT=1");

    public Engine Engine => engine;

    public string Work => engine.Work;

    /// <summary><c>systemctl reload docker</c> with another daemon.json.</summary>
    public void Reload(string configuration)
    {
        File.WriteAllText(ConfigurationFile, configuration);
        engine.Execute("sh", "-c", "kill -HUP $(cat " + PidFile + ")").Expect(0);
    }

    /// <summary><c>systemctl restart docker</c>.</summary>
    public void Restart()
    {
        engine.Execute("sh", "-c", "pid=$(cat " + PidFile + "); kill $pid; while [ -e /proc/$pid ]; do sleep 0.05; done").Expect(0);
        StartDaemon();
    }

    public Result Execute(params string[] arguments) => engine.Execute([Client, .. arguments]);

    /// <summary><c>docker run</c> with the runtime under test.</summary>
    public Result Run(params string[] arguments) => Execute(["run", .. Runtime, .. arguments]);

    /// <summary>The client as a user at that terminal calls it.</summary>
    public Child StartAt(TestTerminal terminal, params string[] arguments) => engine.StartAt(terminal, [Client, .. arguments]);

    /// <summary>One field of <c>docker inspect</c>.</summary>
    public string Inspect(string container, string field)
        => Execute("inspect", "--format", "{{" + field + "}}", container).Expect(0).Output.Trim();

    /// <summary>What links in the daemon's own namespaces point to.</summary>
    public string[] Readlinks(params string[] paths) => engine.Execute(["readlink", .. paths]).Expect(0).Output.Split('\n');

    public void WaitUntil(Func<bool> condition, string what) => engine.WaitUntil(condition, what);

    /// <summary>Cgroups of containers that still exist; BuildKit's own parent stays.</summary>
    public List<string> LeftCgroups
    {
        get
        {
            List<string> left = [];
            foreach (string path in Cgroups.Of(engine.CgroupName))
                foreach (string child in Directory.GetDirectories(path))
                    if (Path.GetFileName(child) != "buildkit")
                        left.Add(child);
            return left;
        }
    }

    public void Dispose() => engine.Dispose();

    private string ConfigurationFile => Path.Combine(engine.Work, "daemon.json");

    private void Start(string configuration, params string[] options)
    {
        File.WriteAllText(ConfigurationFile, configuration);
        command =
        [
            Daemon, "--config-file", ConfigurationFile, "--data-root", Path.Combine(engine.Work, "data"), "--exec-root", "/run/docker-test",
                "-H", Socket, "-p", PidFile,
            "--cgroup-parent", "/" + engine.CgroupName, "--experimental", "--ip6tables=false", .. options,
        ];
        StartDaemon();
        Execute("import", engine.ImageArchive(), "bb").Expect(0);
    }

    private void StartDaemon()
    {
        engine.Daemon(command);
        engine.WaitUntil(() => Execute("info").ExitCode == 0, "dockerd");
    }

    private string[] Runtime => isDefault ? [] : ["--runtime", "sharprunc"];
}
