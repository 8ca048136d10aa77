using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;
using static SharpRunc.Tests.Support.RawCalls;

namespace SharpRunc.Tests.Security;

/// <summary>config-linux.md#seccomp, architectures: numbers that are no native call of the profile's time.</summary>
[TestFixture(true)]
[TestFixture(false)]
internal sealed class SeccompNumberTests(bool noNewPrivileges)
{
    /// <summary>Without CONFIG_X86_X32_ABI: ENOSYS; with it the call itself.</summary>
    private const string X32Getpid = "0x40000027", X32Swapon = "0x400000a7", X32Future = "0x400003e8";

    [Test]
    [Must("features.seccomp.archs")]
    public void Where_x32_is_listed_its_numbers_are_judged_by_its_table()
    {
        using Runtime runtime = Runtime.Create();
        JsonNode profile = Captured("ctr-seccomp.json");
        profile["defaultErrnoRet"] = 123;
        string[] lines = runtime.RunBundle(RawCalls.Bundle(runtime, noNewPrivileges, profile, X32Swapon, X32Future, X32Getpid)).Expect(0)
            .Lines();
        Assert.That(lines[0], Is.EqualTo($"{X32Swapon} = -123"));
        Assert.That(lines[1], Is.EqualTo($"{X32Future} = -38"));
        Assert.That(lines[2], Is.EqualTo($"{X32Getpid} = -38").Or.EqualTo($"{X32Getpid} = 1"));
    }

    [TestCase("SCMP_ACT_ERRNO"), TestCase("SCMP_ACT_ALLOW")]
    public void Where_an_architecture_is_not_listed_its_callers_are_killed(string defaultAction)
    {
        using Runtime runtime = Runtime.Create();
        JsonNode profile = Captured("ctr-seccomp.json");
        profile["defaultAction"] = defaultAction;
        profile["architectures"] = new JsonArray("SCMP_ARCH_X86_64");
        JsonArray rules = (JsonArray)profile["syscalls"]!;
        rules[^1] = JsonNode.Parse(Rule("clone3", "SCMP_ACT_ALLOW")); // for the probe's children
        Bundle bundle = RawCalls.Bundle(runtime, noNewPrivileges, profile, $"child/{X32Getpid}", $"child/{X32Future}", "child/i386/20",
            "102");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Lines(), Is.EqualTo(new[]
        {
            $"child/{X32Getpid} killed by 31", $"child/{X32Future} killed by 31", "child/i386/20 killed by 31", "102 = 0",
        }));
    }

    /// <summary>
    /// −1 is what a tracer makes of a call that it takes back: no architecture's. It lies above all that x32 names; without x32 it meets
    /// the default, which lets it pass to be not there, or answers.
    /// </summary>
    [TestCase("SCMP_ACT_ERRNO", true, "-38", "-38"), TestCase("SCMP_ACT_ERRNO", false, "-123", "-38")]
    [TestCase("SCMP_ACT_ALLOW", true, "-38", "-38"), TestCase("SCMP_ACT_ALLOW", false, "-38", "-38")]
    public void Numbers_that_no_call_has_are_not_there(string defaultAction, bool listsX32, string minusOne, string future)
    {
        using Runtime runtime = Runtime.Create();
        JsonNode profile = Captured("ctr-seccomp.json");
        profile["defaultAction"] = defaultAction;
        if (defaultAction == "SCMP_ACT_ERRNO")
            profile["defaultErrnoRet"] = 123;
        profile["architectures"] = listsX32 ? new JsonArray("SCMP_ARCH_X86", "SCMP_ARCH_X32") : new JsonArray("SCMP_ARCH_X86");
        Bundle bundle = RawCalls.Bundle(runtime, noNewPrivileges, profile, "-1", "1000", "0x3fffffff", "i386/1000", "i386/-1");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Lines(), Is.EqualTo(new[]
        {
            $"-1 = {minusOne}", $"1000 = {future}", $"0x3fffffff = {future}", $"i386/1000 = {future}", $"i386/-1 = {future}",
        }));
    }
}
