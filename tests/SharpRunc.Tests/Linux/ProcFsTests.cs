using System;
using System.IO;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Linux;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// Whatever is mounted over the procfs that everyone sees, ours tells and takes the real thing, or throws; what an
/// attacker put there is never written (CVE-2019-16884, CVE-2025-52881).
/// </summary>
internal sealed class ProcFsTests
{
    private const string Key = "sys/kernel/hostname";

    private static readonly string HostName = File.ReadAllText("/proc/" + Key);

    /// <summary>Over which path the attacker mounts a directory of fakes, and what of it is then asked for.</summary>
    private static readonly TestCaseData[] Covered =
    [
        new("/proc/sys", "kernel/hostname", Key),
        new("/proc/sys/kernel", "hostname", Key),
        new("/proc", Key, Key),
        new("/proc", "self/attr/exec", "self/attr/exec"),
        new("/proc/1", "comm", "1/comm"),
    ];

    [TestCaseSource(nameof(Covered))]
    public void A_private_procfs_does_not_see_what_covers_the_public_one(string covered, string fake, string path)
    {
        MountNamespace.Run(() =>
        {
            using Tree fakes = Cover(covered, fake);
            using ProcFs proc = ProcFs.Open();
            Assert.That(Read(proc, path), Does.Not.Contain("fake"));
            AssertUntouched(fakes, fake);
        });
    }

    [TestCaseSource(nameof(Covered))]
    public void Without_the_privilege_for_one_of_our_own_a_covered_procfs_is_refused(string covered, string fake, string path)
    {
        MountNamespace.Run(() =>
        {
            using Tree fakes = Cover(covered, fake);
            Assert.That(() =>
            {
                using ProcFs proc = OpenPublic();
                proc.Write(path, "attack"u8);
            }, Throws.TypeOf<SysException>().With.Property("Errno").EqualTo(EXDEV).Or.TypeOf<UnexpectedInodeException>());
            AssertUntouched(fakes, fake);
        });
    }

    [Test]
    public void A_file_of_procfs_bound_over_another_is_refused()
    {
        MountNamespace.Run(() =>
        {
            Bind("/proc/self/sched", $"/proc/{Environment.ProcessId}/attr/exec");
            using ProcFs proc = OpenPublic();
            Assert.That(() => proc.OpenFile("self/attr/exec", O_RDONLY), Throws.TypeOf<SysException>().With.Property("Errno")
                .EqualTo(EXDEV));
            using ProcFs own = ProcFs.Open();
            Assert.That(() => own.OpenFile("self/attr/exec", O_RDONLY).Dispose(), Throws.Nothing);
        });
    }

    [Test]
    public void A_namespace_bound_over_another_is_refused()
    {
        MountNamespace.Run(() =>
        {
            using (Tree fake = Tree.Clone(Fd.Cwd, "/proc/self/ns/ipc", recursive: false))
            using (Fd target = Sys.OpenAt(Fd.Cwd, $"/proc/{Environment.ProcessId}/ns/uts", O_PATH | O_NOFOLLOW))
                fake.AttachTo(target);
            using ProcFs proc = OpenPublic();
            Assert.That(() => proc.OpenMagic("self/ns/uts", O_RDONLY), Throws.TypeOf<SysException>().With.Property("Errno").EqualTo(EXDEV));
            using ProcFs own = ProcFs.Open();
            Assert.That(() => own.OpenMagic("self/ns/uts", O_RDONLY).Dispose(), Throws.Nothing);
        });
    }

    [Test]
    public void Another_directory_of_procfs_is_not_its_root()
    {
        using Fd directory = Sys.OpenAt(Fd.Cwd, "/proc/sys", O_PATH | O_DIRECTORY);
        Assert.That(() => ProcFs.Verify(directory), Throws.TypeOf<UnexpectedInodeException>());
    }

    [Test]
    public void No_path_leaves_it()
    {
        using ProcFs proc = OpenPublic();
        foreach (string path in new[] { "../etc/passwd", "/etc/passwd", "self/root/etc/passwd", "self/cwd", "self/exe", "self/fd/0" })
            Assert.That(() => proc.OpenFile(path, O_PATH), Throws.TypeOf<SysException>(), path);
    }

    [Test]
    public void The_private_procfs_is_mounted_nowhere()
    {
        if (!Environment.IsPrivilegedProcess)
            Assert.Ignore("needs root");
        string before = File.ReadAllText("/proc/self/mountinfo");
        using ProcFs proc = ProcFs.Open();
        Assert.That(File.ReadAllText("/proc/self/mountinfo"), Is.EqualTo(before));
        Assert.That(proc.Read(Key), Is.EqualTo(HostName));
        Assert.That(proc.Read("self/comm"), Is.EqualTo(File.ReadAllText("/proc/self/comm")));
    }

    /// <summary>What a runtime without privilege has: /proc as it is.</summary>
    private static ProcFs OpenPublic() => ProcFs.Verify(Sys.OpenAt(Fd.Cwd, "/proc", O_PATH | O_DIRECTORY));

    private static string Read(ProcFs proc, string path)
    {
        try
        {
            return proc.Read(path);
        }
        catch (SysException e) when (e.Errno is EINVAL or EOPNOTSUPP)
        {
            return ""; // attr/exec without a security module has nothing to say
        }
    }

    private static Tree Cover(string covered, string fake)
    {
        Tree fakes = Tree.Create("tmpfs", "fakes", [], 0);
        Root root = new(fakes.Fd);
        root.MakeFile(fake).Dispose();
        using (Fd file = root.Open(fake, O_WRONLY))
            Sys.Write(file, "fake"u8);
        using Fd target = Sys.OpenAt(Fd.Cwd, covered, O_PATH);
        fakes.AttachTo(target);
        return fakes;
    }

    private static void AssertUntouched(Tree fakes, string fake) => Assert.That(Sys.ReadText(fakes.Fd, fake), Is.EqualTo("fake"));

    private static void Bind(string source, string target)
    {
        using Tree tree = Tree.Clone(Fd.Cwd, source, recursive: false);
        using Fd place = Sys.OpenAt(Fd.Cwd, target, O_PATH);
        tree.AttachTo(place);
    }
}
