using System;
using NUnit.Framework;

namespace SharpRunc.Tests.Seccomp;

/// <summary>libseccomp, where it can be built against.</summary>
internal static class Oracle
{
    public static Libseccomp Open()
    {
        try
        {
            return new Libseccomp();
        }
        catch (NotSupportedException e)
        {
            Assert.Ignore(e.Message);
            throw;
        }
    }
}
