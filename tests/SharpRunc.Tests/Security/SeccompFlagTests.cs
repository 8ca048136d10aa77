using System;
using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;
using static SharpRunc.Tests.Support.RawCalls;

namespace SharpRunc.Tests.Security;

/// <summary>
/// config-linux.md#seccomp, flags: what the kernel shows of them. SECCOMP_FILTER_FLAG_LOG: <see cref="SeccompLogTests"/>.
/// </summary>
internal sealed class SeccompFlagTests
{
    private const string Mitigation = "/sys/devices/system/cpu/vulnerabilities/spec_store_bypass";

    /// <summary>
    /// PR_SPEC_STORE_BYPASS: a filter without SECCOMP_FILTER_FLAG_SPEC_ALLOW takes it from its process for good. Unset is as runc: allowed.
    /// </summary>
    [TestCase(null, "thread vulnerable"), TestCase("SECCOMP_FILTER_FLAG_SPEC_ALLOW", "thread vulnerable"),
        TestCase("", "thread force mitigated")]
    public void Speculation_is_taken_from_a_filtered_process_unless_it_is_allowed(string? flag, string expected)
    {
        string mitigation = File.Exists(Mitigation) ? File.ReadAllText(Mitigation).Trim() : "nothing";
        if (!mitigation.Contains("seccomp", StringComparison.Ordinal))
            Assert.Ignore($"{Mitigation} says \"{mitigation}\": here no filter changes it");
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sed", "-n", "s/^Speculation_Store_Bypass:.//p", "/proc/self/status");
        bundle.Linux["seccomp"] = Profile(Rule("getppid", "SCMP_ACT_ERRNO"));
        if (flag is not null)
            bundle.Linux["seccomp"]!["flags"] = flag.Length > 0 ? new JsonArray(flag) : [];
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo(expected + "\n"));
    }
}
