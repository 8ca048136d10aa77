using System;
using System.IO;

namespace SharpRunc.Tests.Support;

/// <summary>Podman with a store of its own, the runtime under test and one image, <c>bb</c>.</summary>
internal sealed class Podman : IDisposable
{
    private const string Client = "/usr/bin/podman";

    public Podman()
    {
        Engine = Engine.Start([Client, "/usr/bin/conmon"]);
        // Podman's own default asks for a NOFILE limit above this machine's, which root without CAP_SYS_RESOURCE cannot set.
        // And a pod's first container is one that sleeps, without catatonit.
        File.WriteAllText(Path.Combine(Engine.Work, "containers.conf"),
            "[containers]\ndefault_ulimits = []\n[engine]\nevents_logger = \"file\"\ninfra_image = \"localhost/pause:latest\"\n");
        string archive = Engine.ImageArchive();
        Execute("import", "--change", "ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin", archive, "bb").Expect(0);
        Execute("import", "--change", "CMD [\"sleep\", \"100000\"]", archive, "pause").Expect(0);
    }

    public Engine Engine { get; }

    public Result Run(params string[] arguments)
        => Execute(["run", "--network", "none", "--cgroup-parent", "/" + Engine.CgroupName, .. arguments]);

    public Result Execute(params string[] arguments) => Engine.Execute(Command(arguments));

    public string[] Command(params string[] arguments)
        =>
        [
            "/usr/bin/env", "CONTAINERS_CONF=" + Path.Combine(Engine.Work, "containers.conf"), Client, "--runtime", Engine.RuntimeProgram,
                "--cgroup-manager", "cgroupfs",
            "--root", Path.Combine(Engine.Work, "root"), "--runroot", "/run/podman-test", "--tmpdir", "/run/podman-test-tmp",
                "--storage-driver", "vfs", .. arguments,
        ];

    public void Dispose() => Engine.Dispose();
}
