using System;
using System.Linq;
using NUnit.Framework;
using SharpRunc.Linux;

namespace SharpRunc.Tests.Linux;

internal sealed class DescriptorMessageTests
{
    [Test]
    public void As_many_descriptors_arrive_as_were_sent([Range(0, 5)] int count)
    {
        (Fd ours, Fd theirs) = Sys.SocketPair();
        using (ours)
        using (theirs)
        {
            Assert.That(Sys.TrySend(ours, "x"u8, Enumerable.Repeat(ours.Number, count).ToArray()).Failed, Is.False);
            int[] received = new int[8];
            Assert.That(Sys.Receive(theirs, new byte[1], received), Is.EqualTo(1));
            int[] arrived = Array.FindAll(received, number => number >= 0);
            Array.ForEach(arrived, Sys.Close);
            Assert.That(arrived, Has.Length.EqualTo(count));
        }
    }
}
