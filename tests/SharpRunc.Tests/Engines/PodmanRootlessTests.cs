using System.Collections.Generic;
using System.IO;
using System.Text.RegularExpressions;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Engines;

/// <summary>Podman of an ordinary user: it makes a user namespace first and runs us as root of that.</summary>
internal sealed class PodmanRootlessTests
{
    private const string Client = "/usr/bin/podman", Slirp = "/usr/bin/slirp4netns";

    private Engine engine = null!;
    private string runtime = "";

    private string Home => Path.Combine(engine.Work, "home");

    [OneTimeSetUp]
    public void PreparePodman()
    {
        OrdinaryUser.RequireMappingPrograms();
        engine = Engine.Start([Client, "/usr/bin/conmon"]);
        Directory.CreateDirectory(Home);
        runtime = Path.Combine(engine.Work, "sharprunc");
        File.Copy(engine.RuntimeProgram, runtime);
        File.WriteAllText(Path.Combine(engine.Work, "containers.conf"),
            "[containers]\ndefault_ulimits = []\n[engine]\nevents_logger = \"file\"\nhelper_binaries_dir = [\"/usr/lib/podman\", "
            + "\"/usr/bin\"]\n");
        string archive = engine.ImageArchive();
        engine.Execute("/bin/sh", "-ec", OrdinaryUser.Introduce + $"""
            chmod 755 "$1"; chmod 644 "{archive}"; chown -R {OrdinaryUser.Id}:{OrdinaryUser.Id} "$1/home"
            mkdir -p /run/user/{OrdinaryUser.Id}; chmod 700 /run/user/{OrdinaryUser.Id}; chown {OrdinaryUser.Id} /run/user/{OrdinaryUser.Id}
            # The host's may be root's alone.
            if [ -c /dev/net/tun ]; then mknod -m 666 /run/tun c 10 200; mount --bind /run/tun /dev/net/tun; fi
            """, "sh", engine.Work).Expect(0);
        Podman("import", archive, "bb").Expect(0);
    }

    [OneTimeTearDown]
    public void Stop() => engine?.Dispose();

    [TestCase(0, "true")]
    [TestCase(3, "sh", "-c", "exit 3")]
    [TestCase(126, "/etc/passwd")]
    [TestCase(127, "nothing")]
    public void Its_exit_code_tells_how_it_ended(int exitCode, params string[] command) => Run(["--rm", "bb", .. command]).Expect(exitCode);

    [Test]
    public void The_user_is_root_and_the_rest_are_his_subordinate_ids()
    {
        Result result = Run("--rm", "--user", "1000", "bb", "sh", "-c", "id -u; cat /proc/self/uid_map; mkdir /sys/fs/cgroup/pids/x")
            .Expect(1);
        Assert.That(Regex.Replace(result.Output, " +", " "), Is.EqualTo("1000\n 0 54321 1\n 1 200000 65536\n"));
        Assert.That(result.Errors, Does.Contain("Read-only file system"));
    }

    [Test]
    public void The_users_own_id_can_be_kept()
    {
        Assert.That(Run("--rm", "--userns", "keep-id", "bb", "id", "-u").Expect(0).Output, Is.EqualTo("54321\n"));
    }

    [Test]
    public void Exec_stop_and_remove()
    {
        Run("--detach", "--name", "one", "bb", "sleep", "1000").Expect(0);
        Assert.That(Podman("exec", "one", "sh", "-c", "id -u; exit 5").Expect(5).Output, Is.EqualTo("0\n"));
        Assert.That(Podman("exec", "--user", "1000", "one", "id", "-u").Expect(0).Output, Is.EqualTo("1000\n"));
        Podman("exec", "one", "nothing").Expect(127);
        Podman("stop", "--time", "0", "one").Expect(0);
        Podman("rm", "one").Expect(0);
    }

    [Test]
    public void A_network_by_slirp4netns()
    {
        RequireTun();
        Assert.That(Podman("run", "--rm", "--network", "slirp4netns", "bb", "ip", "-o", "link").Expect(0).Output, Does.Contain("tap0"));
    }

    [Test]
    public void A_pod_shares_its_namespaces()
    {
        if (!File.Exists("/usr/bin/catatonit"))
            Assert.Ignore("catatonit is not installed");
        Podman("pod", "create", "--name", "p", "--share", "ipc,net,uts,pid", "--hostname", "podhost", "--network", "none").Expect(0);
        Assert.That(Podman("run", "--rm", "--pod", "p", "bb", "sh", "-c", "hostname; cat /proc/1/comm").Expect(0).Output,
            Is.EqualTo("podhost\ncatatonit\n"));
        Podman("pod", "rm", "--force", "--time", "0", "p").Expect(0);
    }

    [Test]
    public void Build()
    {
        string context = Path.Combine(engine.Work, "context");
        Directory.CreateDirectory(context);
        File.WriteAllText(Path.Combine(context, "Dockerfile"), "FROM bb\nRUN echo built >/x\n");
        Podman("build", "--isolation", "oci", "--network", "none", "--tag", "built", context).Expect(0);
        Assert.That(Run("--rm", "built", "cat", "/x").Expect(0).Output, Is.EqualTo("built\n"));
    }

    private static void RequireTun()
    {
        if (!File.Exists(Slirp))
            Assert.Ignore("slirp4netns is not installed");
        if (!File.Exists("/dev/net/tun"))
            Assert.Ignore("this machine has no /dev/net/tun");
    }

    private Result Run(params string[] arguments) => Podman(["run", "--network", "none", .. arguments]);

    private Result Podman(params string[] arguments)
    {
        string id = OrdinaryUser.Id.ToString(System.Globalization.CultureInfo.InvariantCulture);
        List<string> command =
        [
            "/usr/bin/setpriv", "--reuid", id, "--regid", id, "--clear-groups", "/usr/bin/env", "-i", "-C", Home, "HOME=" + Home,
                "XDG_RUNTIME_DIR=/run/user/" + id,
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "CONTAINERS_CONF=" + Path.Combine(engine.Work, "containers.conf"),
            Client, "--runtime", runtime, "--cgroup-manager", "cgroupfs", "--storage-driver", "vfs", .. arguments,
        ];
        return engine.Execute([.. command]);
    }
}
