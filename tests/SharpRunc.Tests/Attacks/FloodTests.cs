using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Tests.Diagnosing;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>Anybody can make what the kernel tells of him longer than our memory: doctor says all that it can tell.</summary>
internal sealed unsafe class FloodTests
{
    private Runtime runtime = null!;
    private string id = "";

    [SetUp]
    public void Begin()
    {
        runtime = Runtime.Create();
        id = Runtime.NewId();
    }

    [TearDown]
    public void End() => runtime?.Dispose();

    /// <summary>The tree of mounts doubles each time; half of its lines have 30 KB.</summary>
    [TestCase(10, "ok")]
    [TestCase(12, "note")]
    public void Mounts_of_the_longest_names(int doublings, string severity)
    {
        string script = $"""
            n=$(printf '\n%.0s' $(seq 249); echo x); d=/tmp/t; mount -t tmpfs t $d
            for i in $(seq 13); do d=$d/$n; done
            mkdir -p "$d"; mount --bind "$d" "$d"
            for i in $(seq {doublings}); do mkdir /tmp/t/$i; mount --rbind /tmp/t /tmp/t/$i; done
            : >/tmp/ready; exec sleep 1000
            """;
        Bundle bundle = runtime.NewBundle("sh", "-c", script).WithAllCapabilities();
        Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "tmp/t"));
        int init = runtime.StartContainer(id, bundle);
        string ready = Path.Combine(bundle.Rootfs, "tmp/ready");
        Assert.That(SpinWait.SpinUntil(() => File.Exists(ready), 30_000), "they were not made");
        Doctor said = Doctor.Ask(runtime, 0, id);
        Assert.That(said.Topics(severity), Has.Member("mounts"), said.Document.ToJsonString());
        if (severity == "note")
            Assert.That(said.Text("mounts"), Is.EqualTo($"cannot be told: read /proc/{init}/mountinfo: file too large").IgnoreCase);
        Assert.That(said.Topics("ok"), Has.Member("directory").And.Member("cgroup"));
    }

    /// <summary>As anybody may hold, in any container.</summary>
    [Test]
    public void Locks()
    {
        const int Files = 500, Each = 400;
        runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        List<Fd> files = [];
        try
        {
            for (int i = 0; i < Files; i++)
            {
                files.Add(Sys.OpenAt(Fd.Cwd, Path.Combine(runtime.Work, $"locked{i}"), O_RDWR | O_CREAT, 0x180));
                for (int j = 0; j < Each; j++)
                {
                    RecordLock range = new() { Type = 1, Start = 2 * j, Length = 1 };
                    Assert.That(Sys.TryFcntl(files[i], SetLock, out _, (nint)(&range)), Is.Zero);
                }
            }
            using Fd held = Sys.OpenAt(Fd.Cwd, Path.Combine(runtime.Root, id, "lock"), O_RDWR);
            Sys.TryFlock(held, LOCK_EX).ThrowIfFailed();
            Doctor said = Doctor.Ask(runtime, 0, id);
            Assert.That(said.Text("lock"), Does.StartWith($"process {Environment.ProcessId} ").And.Contain("is at work on it"));
            Assert.That(said.Topics("ok"), Has.Member("mounts"));
            Assert.That(Doctor.Ask(runtime, 0, "--leftovers").Topics("problem"), Is.Empty);
        }
        finally
        {
            foreach (Fd file in files)
                file.Dispose();
        }
    }

    private const int SetLock = 6;

    /// <summary>struct flock: a write lock from the beginning of the file.</summary>
    private struct RecordLock
    {
        public short Type, Whence;
        public long Start, Length;
        public int Pid;
    }
}
