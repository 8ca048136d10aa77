using System;
using System.Runtime.InteropServices;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Init;
using SharpRunc.Core.LastMile;
using SharpRunc.Core.Messages;
using SharpRunc.Core.Spec;

namespace SharpRunc.Tests.Init;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// What a record of the last mile says in words: engines show the message alone, so that whom and what it is about is in it.
/// </summary>
internal sealed class LastMileReportTests
{
    private static readonly Process Process = new()
    {
        Args = ["program"],
        Cwd = "/work",
        User = new User { Uid = 1001, Gid = 1002, AdditionalGids = [5, 1003] },
    };

    [Test]
    public void Every_stage_has_words_and_the_kernels_reason([Values] LastMileStage stage)
    {
        if (stage == LastMileStage.Hook)
            Assert.Ignore("HookRunner says it");
        ContainerException said = Read(stage, EPERM, 0);
        Assert.That(said.Message, Does.Not.StartWith("the container's init failed").And.Not.Contain("cannot be read"));
        if (stage is not (LastMileStage.CwdOutside or LastMileStage.ProgramMissing)) // their reasons are their own
            Assert.That(said.Message, Does.Contain("operation not permitted"));
    }

    [TestCase(LastMileStage.Uid, 0, "1001", "/process/user/uid")]
    [TestCase(LastMileStage.Gid, 0, "1002", "/process/user/gid")]
    [TestCase(LastMileStage.Groups, 1, "1003", "/process/user/additionalGids/1")]
    [TestCase(LastMileStage.Groups, 2, "cannot set the additional groups", "/process/user/additionalGids")]
    [TestCase(LastMileStage.BoundingSet, 21, "CAP_SYS_ADMIN", "/process/capabilities/bounding")]
    [TestCase(LastMileStage.BoundingSet, 63, "cannot drop a capability", "/process/capabilities/bounding")]
    [TestCase(LastMileStage.Cwd, 0, "/work", "/process/cwd")]
    public void It_names_the_value_that_was_refused(LastMileStage stage, int index, string value, string pointer)
    {
        foreach (int error in new[] { EPERM, EINVAL })
        {
            ContainerException said = Read(stage, error, index);
            Assert.That((said.Message, said.Pointer, said.Errno), Is.EqualTo((said.Message, pointer, error)));
            Assert.That(said.Message, Does.Contain(value));
        }
    }

    [Test]
    public void Another_stage_or_index_than_there_is_is_no_report()
    {
        Assert.That(Read((LastMileStage)200, EPERM, 0).Message, Does.Contain("a report that cannot be read"));
        Assert.That(Read(LastMileStage.Groups, EINVAL, -1).Message, Does.Not.Contain("1003"));
    }

    /// <summary>sched(7): one errno for two reasons.</summary>
    [TestCase(LastMileStage.Scheduler, EPERM, "SCHED_DEADLINE also needs all CPUs of its root domain")]
    [TestCase(LastMileStage.Scheduler, EBUSY, "no bandwidth left for SCHED_DEADLINE")]
    [TestCase(LastMileStage.Birth, EAGAIN, "pids.limit")]
    public void An_errno_of_several_reasons_has_its_hint(LastMileStage stage, int error, string hint)
        => Assert.That(LastMileReport.For(stage, error).Hint, Does.Contain(hint));

    /// <summary>runc's words for it.</summary>
    [Test]
    public void A_deadline_beside_a_cpuset_is_named()
    {
        Failure failure = new() { Kind = (byte)Message.Failure, Stage = (byte)LastMileStage.Scheduler, Errno = EPERM };
        Process process = new() { Scheduler = new() { Policy = "SCHED_DEADLINE" } };
        ReadOnlySpan<byte> record = MemoryMarshal.AsBytes(new ReadOnlySpan<Failure>(in failure));
        Assert.That(LastMileReport.Read(record, "program", [], process, "0").Message,
            Does.Contain("process scheduler can't be used together with AllowedCPUs"));
        Assert.That(LastMileReport.Read(record, "program", [], process).Hint, Does.Contain("root domain"));
    }

    private static ContainerException Read(LastMileStage stage, int error, int index)
    {
        Failure failure = new() { Kind = (byte)Message.Failure, Stage = (byte)stage, Errno = error, Index = index };
        return LastMileReport.Read(MemoryMarshal.AsBytes(new ReadOnlySpan<Failure>(in failure)), "program", [], Process);
    }
}
