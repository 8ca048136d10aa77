using System;
using System.Collections.Generic;
using System.IO;

namespace SharpRunc.Tests.Support;

/// <summary>A private dockerd with the runtime under test and one image, <c>bb</c>.</summary>
internal sealed class Docker : IDisposable
{
    private const string Client = "/usr/bin/docker", Daemon = "/usr/sbin/dockerd", Socket = "unix:///run/docker-test.sock";
    private readonly Engine engine;
    private readonly bool isDefault;

    /// <param name="isDefault">false: beside the engine's own runc, asked for by <c>--runtime</c>.</param>
    public Docker(bool isDefault)
    {
        this.isDefault = isDefault;
        engine = Engine.Start([Client, Daemon, "/usr/bin/containerd"], "DOCKER_HOST=" + Socket, "DOCKER_BUILDKIT=1");
        // BuildKit runs whatever `runc` comes first in the daemon's PATH.
        File.CreateSymbolicLink(Path.Combine(engine.Work, "bin", "runc"), engine.RuntimeProgram);
        string config = Path.Combine(engine.Work, "daemon.json");
        File.WriteAllText(config, "{}");
        List<string> command =
        [
            Daemon, "--config-file", config, "--data-root", Path.Combine(engine.Work, "data"), "--exec-root", "/run/docker-test", "-H", Socket, "-p", "/run/docker-test.pid",
            "--add-runtime", "sharprunc=" + engine.RuntimeProgram, "--exec-opt", "native.cgroupdriver=cgroupfs", "--cgroup-parent", "/" + engine.CgroupName,
            "--experimental", "--ip6tables=false",
        ];
        if (isDefault)
            command.AddRange(["--default-runtime", "sharprunc"]);
        engine.Daemon([.. command]);
        engine.WaitUntil(() => Execute("info").ExitCode == 0, "dockerd");
        Execute("import", engine.ImageArchive(), "bb").Expect(0);
    }

    public string Work => engine.Work;

    public Result Execute(params string[] arguments) => engine.Execute([Client, .. arguments]);

    /// <summary><c>docker run</c> with the runtime under test.</summary>
    public Result Run(params string[] arguments) => Execute(["run", .. Runtime, .. arguments]);

    /// <summary>One field of <c>docker inspect</c>.</summary>
    public string Inspect(string container, string field) => Execute("inspect", "--format", "{{" + field + "}}", container).Expect(0).Output.Trim();

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

    private string[] Runtime => isDefault ? [] : ["--runtime", "sharprunc"];
}
