using System;
using System.Collections.Generic;
using System.IO;
using NUnit.Framework;

namespace SharpRunc.Tests.Support;

/// <summary>A criu that works on this kernel: $CRIU, what conformance/criu has unpacked, or the installed one.</summary>
internal static class WorkingCriu
{
    private static readonly string[] Places = [Environment.GetEnvironmentVariable("CRIU") ?? "", "/var/tmp/sharprunc-criu/bin/criu",
        "/usr/sbin/criu", "/usr/local/sbin/criu"];

    private static string? program, reason;

    /// <summary>Its path; skips the test where there is none that works.</summary>
    public static string Program
    {
        get
        {
            if (program is null && reason is null)
                Find();
            if (program is null)
                Assert.Ignore(reason!);
            return program!;
        }
    }

    /// <summary>The runtime's, with a PATH by which it finds criu, and what criu itself calls.</summary>
    public static List<string> Environ => [$"PATH={Path.GetDirectoryName(Program)}:/usr/sbin:/usr/bin:/sbin:/bin"];

    private static void Find()
    {
        reason = "criu is not installed (conformance/criu unpacks one)";
        foreach (string place in Places)
            if (File.Exists(place))
            {
                string errors = Path.GetTempFileName();
                int status = Child.Start([place, "check"], errors, errors).Wait(TimeSpan.FromSeconds(30));
                string said = File.ReadAllText(errors).Trim();
                File.Delete(errors);
                if (status == 0)
                {
                    program = place;
                    return;
                }
                reason = $"{place} check fails on this kernel: {said}";
            }
    }
}
