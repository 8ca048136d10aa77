using System.Collections.Generic;
using System.Runtime.InteropServices;
using NUnit.Framework;
using SharpRunc.Linux.LibC;

namespace SharpRunc.Tests.Linux;

internal sealed class ErrnoTests
{
    /// <summary>41 and 58 are no numbers of Linux's; the C library begins with a capital.</summary>
    [Test]
    public void Every_errno_has_the_C_librarys_text()
    {
        HashSet<string> texts = [];
        for (int number = 1; number <= 133; number++)
            if (number is not (41 or 58))
            {
                Assert.That(Libc.strerror(number), Is.EqualTo(Marshal.GetPInvokeErrorMessage(number)).IgnoreCase);
                Assert.That(texts.Add(Libc.strerror(number)), Is.True);
            }
        Assert.That(Libc.strerror(97), Is.EqualTo("address family not supported by protocol"));
    }

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(41)]
    [TestCase(134)]
    [TestCase(4095)]
    public void Any_other_number_is_told_as_one(int number) => Assert.That(Libc.strerror(number), Is.EqualTo($"errno {number}"));
}
