using System;
using System.IO;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

/// <summary>A container's program may end its first thread and live on in another: it is alive by all that we say and do.</summary>
internal sealed class LeaderTests
{
    [Test]
    public void Without_its_first_thread_a_program_still_runs([Values("root", "mapped", "user")] string shape)
    {
        using Runtime runtime = shape == "user" ? Runtime.CreateForUser() : Runtime.Create();
        Bundle bundle = runtime.NewBundle("/bin/probe", "leader", "/tmp/beat");
        File.Copy(Probe.Program, Path.Combine(bundle.Rootfs, "bin/probe"));
        if (shape == "mapped")
            bundle.MapsUsers().WithoutSysfs();
        File.SetUnixFileMode(Path.Combine(bundle.Rootfs, "tmp"), (UnixFileMode)0x3FF);
        string id = Runtime.NewId(), beat = Path.Combine(bundle.Rootfs, "tmp/beat");
        int pid = runtime.StartContainer(id, bundle);
        Eventually.Holds(() => File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal), "the first thread ends");
        Assert.That((runtime.Status(id), runtime.Pid(id)), Is.EqualTo(("running", pid)));
        Assert.That(runtime.Run("list").Expect(0).Output, Does.Contain("running"));
        runtime.Run("start", id).ExpectError("cannot start an already running container");
        runtime.Run("delete", id).ExpectError("not stopped");
        Assert.That(IsBeating(beat), Is.True);
        Joins(runtime, id, pid);
        runtime.Run("kill", id, "0").Expect(0);
        if (shape == "root")
        {
            Assert.That(runtime.Run("ps", "--format", "json", id).Expect(0).Output, Does.Contain($"{pid}"));
            runtime.Run("events", "--stats", id).Expect(0);
            runtime.Run("update", "--pids-limit", "50", id).Expect(0);
        }
        runtime.Run("delete", "--force", id).Expect(0);
        Assert.That(IsBeating(beat), Is.False);
        Assert.That(Directory.GetFileSystemEntries(runtime.Root), Is.Empty);
    }

    /// <summary>Through another thread, in whose place it is: the first one has no namespaces any more.</summary>
    private static void Joins(Runtime runtime, string id, int pid)
    {
        Result result = runtime.Run("exec", id, "sh", "-c", "for n in pid mnt user; do readlink /proc/self/ns/$n; done; hostname");
        if (result.ExitCode != 0 && !HasThreadDescriptors)
        {
            result.ExpectError($"the main thread of the container's init ({pid}) has ended, so nothing can join its namespaces", 255);
            return;
        }
        string thread = Array.Find(Directory.GetDirectories($"/proc/{pid}/task"), task => task != $"/proc/{pid}/task/{pid}")!;
        string[] expected = Array.ConvertAll(["pid", "mnt", "user"], name => File.ResolveLinkTarget($"{thread}/ns/{name}", false)!.Name);
        Assert.That(result.Expect(0).Output, Is.EqualTo(string.Join('\n', expected) + "\nbundle\n"));
    }

    /// <summary>pidfd_open(2), PIDFD_THREAD: Linux 6.9.</summary>
    private static bool HasThreadDescriptors => Environment.OSVersion.Version >= new Version(6, 9);

    [Test]
    public void A_kill_reaches_it()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("/bin/probe", "leader", "/tmp/beat");
        File.Copy(Probe.Program, Path.Combine(bundle.Rootfs, "bin/probe"));
        string id = Runtime.NewId();
        int pid = runtime.StartContainer(id, bundle);
        Eventually.Holds(() => File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal), "the first thread ends");
        runtime.Run("kill", id, "KILL").Expect(0);
        Runtime.WaitForEnd(pid);
        Assert.That(runtime.Status(id), Is.EqualTo("stopped"));
        runtime.Run("delete", id).Expect(0);
    }

    private static bool IsBeating(string beat)
    {
        string before = File.ReadAllText(beat);
        for (int i = 0; i < 100; i++, System.Threading.Thread.Sleep(10))
            if (File.ReadAllText(beat) is { Length: > 0 } now && now != before)
                return true;
        return false;
    }
}
