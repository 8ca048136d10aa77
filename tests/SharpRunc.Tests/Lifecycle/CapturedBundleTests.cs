using System;
using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

/// <summary>config.json files as Docker, BuildKit, containerd and Podman really wrote them.</summary>
internal sealed class CapturedBundleTests
{
    [TestCase("docker-default.json", "")]
    [TestCase("docker-privileged.json", "")]
    [TestCase("ctr-default.json", "hi\n")]
    [TestCase("ctr-seccomp.json", "hi\n")]
    [TestCase("buildkit-run.json", "")]
    [TestCase("podman-rootless.json", "0\n         0          0 4294967295\n")]
    public void It_runs_to_success(string file, string output)
    {
        using Runtime runtime = Runtime.Create();
        Assert.That(runtime.Run("run", "--bundle", CapturedBundle.Of(runtime, file).Write().Path, Runtime.NewId()).Expect(0).Output,
            Is.EqualTo(output));
    }

    [Test]
    public void BuildKits_command_writes_to_its_rootfs_and_its_cache_mount()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = CapturedBundle.Of(runtime, "buildkit-run.json").Write();
        runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).Expect(0);
        Assert.That(File.ReadAllText(Path.Combine(bundle.Rootfs, "built")), Is.EqualTo("k\n"));
        Assert.That(File.Exists(Path.Combine(bundle.Sources, "c/x")), Is.True);
    }

    [Test]
    public void Dockers_hardened_container_joins_a_network_namespace()
    {
        const string init = "/usr/bin/docker-init";
        if (!File.Exists(init))
            Assert.Ignore("docker.io is not installed");
        using Runtime runtime = Runtime.Create();
        (string id, int pid) = Sleeper(runtime);
        Bundle bundle = CapturedBundle.Of(runtime, "docker-hardened.json", ("@NETNS@", $"/proc/{pid}/ns/net"));
        bundle.Write();
        runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).Expect(0);
        runtime.Run("delete", "--force", id).Expect(0);
    }

    [Test]
    public void Dockers_joined_container_shares_the_other_ones_network_and_processes()
    {
        using Runtime runtime = Runtime.Create();
        (string id, int pid) = Sleeper(runtime);
        Bundle bundle = CapturedBundle.Of(runtime, "docker-joined.json", ("@PID@", $"{pid}"));
        bundle.Process["args"] = new JsonArray("sh", "-c", "readlink /proc/self/ns/net; readlink /proc/self/ns/pid; [ $$ != 1 ]");
        bundle.Write();
        Result result = runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).Expect(0);
        Assert.That(result.Output,
            Is.EqualTo(File.ResolveLinkTarget($"/proc/{pid}/ns/net", false)!.Name + "\n"
                + File.ResolveLinkTarget($"/proc/{pid}/ns/pid", false)!.Name + "\n"));
        runtime.Run("delete", "--force", id).Expect(0);
    }

    [TestCase("cri-sandbox.json")]
    [TestCase("podman-pod-infra.json")]
    public void A_pods_first_container_lives_until_it_is_killed(string file)
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        int pid = Start(runtime, id, CapturedBundle.Of(runtime, file).Write());
        LivesAndDies(runtime, id, pid);
    }

    [TestCase("cri-sandbox.json", "cri-container.json")]
    [TestCase("podman-pod-infra.json", "podman-pod-member.json")]
    public void A_pods_container_joins_the_first(string first, string second)
    {
        using Runtime runtime = Runtime.Create();
        string infra = Runtime.NewId(), member = Runtime.NewId();
        Bundle infraBundle = CapturedBundle.Of(runtime, first);
        // CRI captured its sandbox on the host's network and UTS namespace.
        int infraPid = Start(runtime, infra, infraBundle.Write());
        int pid = Start(runtime, member, CapturedBundle.Of(runtime, second, ("@PID@", $"{infraPid}")).Write());
        Assert.That(File.ResolveLinkTarget($"/proc/{pid}/ns/ipc", false)!.Name,
            Is.EqualTo(File.ResolveLinkTarget($"/proc/{infraPid}/ns/ipc", false)!.Name));
        LivesAndDies(runtime, member, pid);
        LivesAndDies(runtime, infra, infraPid);
    }

    [Test]
    public void Podmans_limit_of_open_files_is_above_what_we_may_give()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = CapturedBundle.Of(runtime, "podman-default.json");
        bundle.Write();
        if (HasSysResource)
            Assert.Ignore("root has CAP_SYS_RESOURCE here: no limit is refused");
        runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).ExpectError("/process/rlimits/0")
            .ExpectError("operation not permitted");
        bundle.Process["rlimits"]![0]!["soft"] = 1024;
        bundle.Process["rlimits"]![0]!["hard"] = 1024;
        bundle.Write();
        runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).Expect(0);
    }

    [Test]
    public void Dockers_terminal_is_handed_to_whoever_listens()
    {
        using Runtime runtime = Runtime.Create();
        using ConsoleListener listener = new();
        string id = Runtime.NewId();
        runtime.Run("create", "--bundle", CapturedBundle.Of(runtime, "docker-tty.json").Write().Path, "--console-socket", listener.Path, id)
            .Expect(0);
        using TestTerminal terminal = listener.Accept();
        terminal.Resize(40, 100);
        runtime.Run("start", id).Expect(0);
        Assert.That(terminal.ReadUntil("xterm\n"), Is.EqualTo("/dev/pts/0\n40 100\nxterm\n"));
    }

    private static (string Id, int Pid) Sleeper(Runtime runtime)
    {
        string id = Runtime.NewId();
        return (id, Start(runtime, id, runtime.NewBundle("sleep", "1000")));
    }

    private static int Start(Runtime runtime, string id, Bundle bundle)
    {
        int pid = runtime.CreateContainer(id, bundle);
        runtime.Run("start", id).Expect(0);
        return pid;
    }

    private static void LivesAndDies(Runtime runtime, string id, int pid)
    {
        Assert.That(runtime.Status(id), Is.EqualTo("running"));
        runtime.Run("kill", id, "KILL").Expect(0);
        Runtime.WaitForEnd(pid);
        runtime.Run("delete", id).Expect(0);
    }

    private static bool HasSysResource
    {
        get
        {
            foreach (string line in File.ReadLines("/proc/self/status"))
                if (line.StartsWith("CapEff:", StringComparison.Ordinal))
                    return (Convert.ToUInt64(line[7..].Trim(), 16) >> 24 & 1) != 0;
            return false;
        }
    }
}
