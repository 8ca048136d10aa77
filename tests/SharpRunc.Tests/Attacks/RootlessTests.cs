using System.IO;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Tests.Cgroups;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>CVE-2023-25809 for containers of an ordinary user, and of mapped ids.</summary>
internal sealed class RootlessTests
{
    private const string UnifiedView = "umount -R -l /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup";
    private const string Writable = "awk '/ - cgroup2? / { if ($6 !~ /^ro,/) print }' /proc/self/mountinfo; grep -cE ' - cgroup2? ' "
        + "/proc/self/mountinfo >/dev/null && echo seen";

    [Test]
    public void No_cgroup_of_the_host_is_writable_in_a_users_container([Values] bool unified, [Values] bool ownNamespace,
        [Values("ro", "rw")] string option, [Values] bool overSys)
    {
        TestCgroup.Require();
        using Runtime runtime = Runtime.CreateForUser(unified ? UnifiedView : "");
        Bundle bundle = runtime.NewBundle().Says(Writable);
        if (overSys)
            bundle.WithoutSysfs().Mounting("/sys", "none", "/sys", "rbind", "nosuid", "noexec", "nodev", "ro");
        bundle.Mounting("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", option);
        if (ownNamespace)
            bundle.InNamespace("cgroup");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("seen\n"));
    }

    [Test]
    public void A_read_only_sys_of_the_host_has_read_only_cgroups([Values] bool mapped)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle().Says(Writable).WithoutSysfs()
            .Mounting("/sys", "none", "/sys", "rbind", "nosuid", "noexec", "nodev", "ro");
        if (mapped)
            bundle.MapsUsers();
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("seen\n"));
    }

    [Test]
    public void A_users_exec_cannot_be_looked_into_by_the_container()
    {
        using Runtime runtime = Runtime.CreateForUser();
        Bundle bundle = runtime.NewBundle("sh", "-c", """
            while [ ! -e /tmp/end ]; do
              for p in /proc/[0-9]*; do
                pid=${p#/proc/}
                case "$pid $(cat $p/comm 2>/dev/null)" in
                  "1 "*) ;;
                  *sharprunc*)
                    # It may be the container's program by the time that we look: only what is the runtime's counts.
                    grep -so SECRET_OF_HOST $p/environ >>/tmp/out
                    readlink $p/exe 2>/dev/null | grep -v busybox >>/tmp/out
                    # In execve the process is the container's a moment before the kernel closes what is close-on-exec: the socket to the
                    # runtime, on which nothing is said any more, may be seen, and nothing else.
                    for fd in $(ls $p/fd/ 2>/dev/null | grep -v '^[012]$'); do readlink $p/fd/$fd | grep -v '^socket:' >>/tmp/out; done ;;
                esac
              done
            done
            """).WithAllCapabilities();
        string id = Runtime.NewId(), tmp = Path.Combine(bundle.Rootfs, "tmp");
        runtime.StartContainer(id, bundle);
        for (int i = 0; i < 15; i++)
            runtime.Execute(["/usr/bin/env", "SECRET_OF_HOST=1", .. runtime.Command("exec", id, "true")]).Expect(0);
        File.WriteAllText(Path.Combine(tmp, "end"), "");
        Assert.That(SpinWait.SpinUntil(() => runtime.Status(id) == "stopped", 20_000));
        Assert.That(File.Exists(Path.Combine(tmp, "out")) ? File.ReadAllText(Path.Combine(tmp, "out")) : "", Is.Empty);
    }

    [Test]
    public void The_fifos_that_a_users_init_holds_cannot_be_changed_from_inside()
    {
        using Runtime runtime = Runtime.CreateForUser();
        string id = Runtime.NewId();
        runtime.CreateContainer(id, runtime.NewBundle("sleep", "1000").WithAllCapabilities().Write());
        const string Attack = "for f in /proc/1/fd/*; do [ -p $f ] && echo fifo && chmod 666 $f; done; true";
        Result result = runtime.Run("exec", id, "sh", "-c", Attack).Expect(0);
        Assert.That(result.Output, Is.EqualTo("fifo\nfifo\n"), result.Errors);
        foreach (string name in new[] { "exec.fifo", "exec.result" })
            Assert.That(File.GetUnixFileMode(Path.Combine(runtime.Root, id, name)),
                Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite), name);
        runtime.Run("start", id).Expect(0);
        Assert.That(runtime.Status(id), Is.EqualTo("running"));
    }

    [Test]
    public void The_binary_that_a_users_init_runs_from_is_sealed()
    {
        using Runtime runtime = Runtime.CreateForUser();
        string id = Runtime.NewId();
        Bundle bundle = runtime.NewBundle("/proc/self/exe", "--version");
        int pid = runtime.CreateContainer(id, bundle.Write());
        Assert.That(new FileInfo($"/proc/{pid}/exe").LinkTarget, Does.StartWith("/memfd:sharprunc"));
        Assert.That(() => File.OpenWrite($"/proc/{pid}/exe").Dispose(),
            Throws.InstanceOf<IOException>().Or.InstanceOf<System.UnauthorizedAccessException>());
    }
}
