using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using SharpRunc.Core;

namespace SharpRunc.Tests.Tracing;

/// <summary>The records that runtime and child share.</summary>
internal sealed unsafe class TraceMemoryTests
{
    private byte* memory;

    [SetUp]
    public void Begin() => memory = TraceMemory.New();

    [TearDown]
    public void End() => TraceMemory.Unmap(memory);

    [Test]
    public void Steps_come_in_the_order_of_their_beginnings_and_end_at_last_with_the_command()
    {
        int first = TraceMemory.Add(memory, TraceKind.Stage, false, "reading", null, 10);
        TraceMemory.Add(memory, TraceKind.Kernel, true, "openat", "/srv", 12, 15, 13);
        TraceMemory.Add(memory, TraceKind.Stage, true, "mounts", null, 12);
        TraceMemory.End(memory, first, 14);
        Assert.That(TraceMemory.Read(memory, 20), Is.EqualTo(new TracedStep[]
        {
            new(TraceKind.Stage, "reading", null, 10, 14, false),
            new(TraceKind.Stage, "mounts", null, 12, 20, true),
            new(TraceKind.Kernel, "openat", "/srv", 12, 15, true) { Errno = 13 },
        }));
    }

    [Test]
    public void The_last_stage_of_a_child_that_failed_is_marked()
    {
        TraceMemory.Add(memory, TraceKind.Stage, true, "namespaces", null, 10, 12);
        TraceMemory.Add(memory, TraceKind.Stage, true, "mounts", null, 12);
        TraceMemory.Add(memory, TraceKind.Stage, false, "mounts", null, 11);
        TraceMemory.EndChild(memory, 15, failed: true);
        Assert.That(TraceMemory.Read(memory, 20).Where(step => step.HasFailed).Select(step => (step.Name, step.IsChild, step.End)),
            Is.EqualTo(new[] { ("mounts", true, 15L) }));
    }

    [Test]
    public void What_there_is_no_room_for_is_counted()
    {
        for (int i = 0; i < TraceMemory.Capacity + 7; i++)
            TraceMemory.End(memory, TraceMemory.Add(memory, TraceKind.Stage, false, "mounts", null, 1 + i), 2 + i);
        Assert.That(TraceMemory.Read(memory, 10_000), Has.Count.EqualTo(TraceMemory.Capacity));
        Assert.That(TraceMemory.Dropped(memory), Is.EqualTo(7));
    }

    [Test]
    public void A_long_subject_keeps_its_beginning_and_its_end()
    {
        TraceMemory.Add(memory, TraceKind.Kernel, false, "openat", "/" + new string('a', 5000) + "/config", 1, 2);
        TraceMemory.Add(memory, TraceKind.Kernel, false, "openat", string.Concat(Enumerable.Repeat("ü€\U0001F600", 500)), 3, 4);
        TraceMemory.Add(memory, TraceKind.Kernel, false, new string('n', 5000), new string('s', 5000), 5, 6);
        List<TracedStep> steps = TraceMemory.Read(memory, 10);
        Assert.That(steps[0].Subject, Does.Match("^/a+…a+/config$"));
        Assert.That(steps, Has.Count.EqualTo(3));
    }

    [Test]
    public void When_off_nothing_is_initialised_recorded_or_allocated()
    {
        Assert.That(typeof(Trace).TypeInitializer, Is.Null);
        Assert.That(SharpRunc.Linux.Sys.Timed == null, Is.True);
        static void Use()
        {
            Trace.Enter(Stage.Mounts);
            using TraceStep step = Trace.Step(TraceKind.Hook, "prestart", "/bin/true");
            if (step.IsRecorded || Trace.IsOn)
                Assert.Fail("it is on");
        }
        Use();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
            Use();
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    /// <summary>Nobody but the two processes has it; if one were made to write anything, the other must read on.</summary>
    [Test]
    public void Any_bytes_can_be_read()
    {
        Random random = new(4711);
        for (int round = 0; round < 200; round++)
        {
            random.NextBytes(new Span<byte>(memory, (TraceMemory.Capacity + 1) * 512));
            if (round % 2 == 0)
                *(int*)memory = TraceMemory.Capacity;
            foreach (TracedStep step in TraceMemory.Read(memory, long.MaxValue))
                Assert.That(step.Length, Is.Not.Negative);
        }
    }
}
