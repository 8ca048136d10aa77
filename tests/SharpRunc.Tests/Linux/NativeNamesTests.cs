using System;
using System.Text;
using NUnit.Framework;
using SharpRunc.Linux;

namespace SharpRunc.Tests.Linux;

internal sealed class NativeNamesTests
{
    [Test]
    public void Names_come_back_last_first_as_they_were()
    {
        using NativeNames names = new();
        Assert.That(names.IsEmpty, Is.True);
        byte[][] pushed = ["a"u8.ToArray(), [], [0xFF, (byte)'\n'], Encoding.ASCII.GetBytes(new string('x', 255))];
        foreach (byte[] name in pushed)
            names.Push(name);
        for (int i = pushed.Length - 1; i >= 0; i--)
            Assert.That(names.Pop(), Is.EqualTo(KernelText.Decode(pushed[i])));
        Assert.That(names.IsEmpty, Is.True);
    }

    /// <summary>A container can make as many cgroups as it likes in one place, and the runtime's heap has a limit.</summary>
    [Test]
    public void However_many_there_are_they_take_no_heap()
    {
        using NativeNames names = new();
        byte[] name = Encoding.ASCII.GetBytes(new string('x', 250));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 200_000; i++)
            names.Push(name);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(100_000));
    }
}
