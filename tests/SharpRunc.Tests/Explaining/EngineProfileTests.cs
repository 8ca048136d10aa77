using System;
using System.IO;
using System.Linq;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Explaining;

namespace SharpRunc.Tests.Explaining;

internal sealed class EngineProfileTests
{
    private const string Profile = """
        { "defaultAction": "SCMP_ACT_ERRNO", "defaultErrno": "ENOSYS", "defaultErrnoRet": 1, "comment": "x",
          "archMap": [
            { "architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"] },
            { "architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"] } ],
          "syscalls": [
            { "names": ["read"], "action": "SCMP_ACT_ALLOW", "includes": {}, "excludes": null, "args": null },
            { "name": "mount", "action": "SCMP_ACT_ALLOW", "includes": { "caps": ["CAP_SYS_ADMIN", "CAP_CHOWN"] } },
            { "names": ["mount"], "action": "SCMP_ACT_ERRNO", "errno": "EINVAL", "errnoRet": 1, "excludes": { "caps": ["CAP_SYS_ADMIN"] } },
            { "names": ["ptrace"], "action": "SCMP_ACT_ALLOW", "includes": { "minKernel": "4.8" } },
            { "names": ["bpf"], "action": "SCMP_ACT_ALLOW", "excludes": { "minKernel": "5.11" } },
            { "names": ["modify_ldt"], "action": "SCMP_ACT_ALLOW", "includes": { "arches": ["amd64", "x32", "x86"] } },
            { "names": ["swapon"], "action": "SCMP_ACT_ALLOW", "excludes": { "arches": ["arm64"] } } ] }
        """;

    [TestCase("x86_64", "", "6.1", "0 2 3 5 6", "SCMP_ARCH_X86_64 SCMP_ARCH_X86 SCMP_ARCH_X32")]
    [TestCase("amd64", "SYS_ADMIN cap_chown", "6.1", "0 1 3 5 6", "SCMP_ARCH_X86_64 SCMP_ARCH_X86 SCMP_ARCH_X32")]
    [TestCase("x86_64", "SYS_ADMIN", "6.1", "0 3 5 6", "SCMP_ARCH_X86_64 SCMP_ARCH_X86 SCMP_ARCH_X32")]
    [TestCase("x86_64", "ALL", "4.8.0-rc1", "0 1 3 4 5 6", "SCMP_ARCH_X86_64 SCMP_ARCH_X86 SCMP_ARCH_X32")]
    [TestCase("x86_64", "NONE", "4.7", "0 2 4 5 6", "SCMP_ARCH_X86_64 SCMP_ARCH_X86 SCMP_ARCH_X32")]
    [TestCase("arm64", "", "10.0", "0 2 3", "SCMP_ARCH_AARCH64 SCMP_ARCH_ARM")]
    [TestCase("riscv64", "", "5.10", "0 2 3 4 6", "")]
    public void Rules_and_architectures_are_those_that_the_engine_would_choose(string architecture, string caps, string kernel,
        string rules, string architectures)
    {
        ProfileDocument document = Profiles.Read(Profile,
            Host.From(architecture, caps.Split(' ', StringSplitOptions.RemoveEmptyEntries), kernel));
        Assert.That(string.Join(' ', document.RulePlaces!.Select(place => place.Index)), Is.EqualTo(rules));
        Assert.That(string.Join(' ', document.Seccomp.Architectures), Is.EqualTo(architectures));
    }

    [Test]
    public void Errors_by_name_win_over_numbers()
    {
        ProfileEvaluator evaluator = Profiles.Evaluator(Profile);
        Assert.That(Profiles.Explain(evaluator, "mount"),
            Does.Contain("ERRNO(22 EINVAL)   syscalls[2]").Or.Contain("ERRNO(22 EINVAL)  syscalls[2]"));
        Assert.That(Profiles.Explain(evaluator, "chroot"), Does.Contain("ERRNO(38 ENOSYS)  the default"));
    }

    [TestCase("\"SCMP_ACT_ALLOW\", \"archMap\": [], \"syscalls\": "
        + "[", "\"FROB\", \"syscalls\": [", "p.json: /defaultAction: seccomp: unknown action \"FROB\"", "/defaultAction")]
    [TestCase("\"names\": [\"read\"]", "\"names\": []", null, null)]
    [TestCase("\"SCMP_ARCH_X32\"", "\"SCMP_ARCH_FROB\"", "p.json: /archMap/0/subArchitectures/1: seccomp: unknown architecture "
        + "\"SCMP_ARCH_FROB\"", "/archMap/0/subArchitectures/1")]
    [TestCase("\"comment\": \"x\"", "\"architectures\": "
        + "[\"SCMP_ARCH_X86\"]", "p.json: /archMap: architectures and archMap are mutually exclusive", "/archMap")]
    [TestCase("\"names\": [\"swapon\"], \"action\": "
        + "\"SCMP_ACT_ALLOW\"", "\"names\": [\"swapon\"], \"action\": \"FROB\"",
        "p.json: /syscalls/6/action: seccomp: unknown action \"FROB\"", "/syscalls/6/action")]
    [TestCase("\"4.8\"", "\"four\"", "p.json: /syscalls/3/includes/minKernel: expected a kernel version like 4.8; got "
        + "\"four\"", "/syscalls/3/includes/minKernel")]
    [TestCase("\"name\": \"mount\"", "\"name\": \"mount\", \"names\": "
        + "[\"mount\"]", "p.json:7:5: /syscalls/1: name and names are mutually exclusive", "/syscalls/1")]
    [TestCase("\"EINVAL\"", "\"EFROB\"", "p.json:8:64: /syscalls/2/errno: expected an errno name; got "
        + "\"EFROB\"", "/syscalls/2/errno")]
    public void What_is_wrong_is_told_with_its_place_in_the_file(string part, string instead, string? message, string? pointer)
    {
        string json = Profile.Replace(part, instead, StringComparison.Ordinal);
        if (message is null || json == Profile)
            Assert.That(() => Profiles.Evaluator(json), Throws.Nothing);
        else
            Assert.That(() => Profiles.Evaluator(json), Throws.TypeOf<ContainerException>().With.Message.EqualTo(message)
                .And.Property("Pointer").EqualTo(pointer));
    }

    /// <summary>Rule 1 is not there for this container: and neither is rule 4, so the compiler counts less.</summary>
    [Test]
    public void Rules_are_counted_as_the_file_has_them()
    {
        string json = Profile.Replace("\"names\": [\"ptrace\"], \"action\": \"SCMP_ACT_ALLOW\"", """
            "names": ["chroot"], "action": "SCMP_ACT_LOG", "args": [{ "index": 0, "op": "SCMP_CMP_EQ", "value": 1 }]
            """).Replace("\"names\": [\"swapon\"], \"action\": \"SCMP_ACT_ALLOW\"", """
            "names": ["chroot"], "action": "SCMP_ACT_TRAP", "args": [{ "index": 0, "op": "SCMP_CMP_EQ", "value": 1 }]
            """);
        Assert.That(() => Profiles.Evaluator(json), Throws.TypeOf<ContainerException>()
            .With.Message.EqualTo("p.json: /syscalls/6: seccomp: rule 6 has the same conditions as an earlier rule but another action"));
    }

    [TestCase("{}", "p.json has no linux.seccomp, and is not a profile")]
    [TestCase("""{ "ociVersion": "1.0.0" }""", "p.json has no linux.seccomp")]
    [TestCase("""{ "linux": {} }""", "p.json has no linux.seccomp")]
    [TestCase("""{ "linux": { "seccomp": null } }""", "p.json has no linux.seccomp")]
    [TestCase("""{ "linux": { "seccomp": {} } }""", "p.json: /linux/seccomp: the profile is empty: no filter is loaded")]
    [TestCase("[]", "p.json:1:1: expected an object; got an array")]
    [TestCase("{ \"linux\": { \"seccomp\": { \"defaultAction\": 1 } } "
        + "}", "p.json:1:44: /linux/seccomp/defaultAction: expected a string; got 1")]
    [TestCase("{ \"a\": 1 \"b\": 2 }", "p.json:1:10: not valid JSON at the character '\"'")]
    [TestCase("{ \"linux\": { \"a\": {}, } }", "p.json:1:23: /linux: not valid JSON at the character '}'")]
    [TestCase("{ \"linux\": { \"a\": [1 2] } }", "p.json:1:22: /linux/a: not valid JSON at the character '2'")]
    [TestCase("{ \"linux\": { \"a\": tru } }", "p.json:1:23: /linux/a: not valid JSON at the character '}'")]
    [TestCase("{ \"syscalls\": []\n  x }", "p.json:2:3: not valid JSON at the character 'x'")]
    [TestCase("{ \"defaultAction\": ", "p.json:1:20: /defaultAction: not valid JSON: it ends unexpectedly")]
    public void A_file_without_a_profile_is_an_error(string json, string message)
        => Assert.That(() => Profiles.Evaluator(json), Throws.TypeOf<ContainerException>().With.Message.EqualTo(message));

    [Test]
    public void More_names_than_anybody_writes_are_refused()
    {
        string names = string.Join(',', Enumerable.Repeat("\"a\"", ProfileReader.MaxRules + 1));
        Assert.That(
            () =>
                Profiles.Read(
                    $$"""{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "names": [{{names}}], "action": "SCMP_ACT_LOG" }] }"""),
            Throws.TypeOf<ContainerException>().With.Message.StartsWith("p.json: /syscalls: seccomp: more than"));
    }

    [Test]
    public void A_config_tells_about_its_container()
    {
        ProfileDocument document =
            Profiles.Read(
                """{ "process": { "noNewPrivileges": true }, "hooks": { "startContainer": [{ "path": "/x" }] }, "linux": { "seccomp": { "defaultAction": "SCMP_ACT_LOG" } } }""");
        Assert.That(document.Container, Is.EqualTo(new ContainerFacts(true, true, true)));
        Assert.That(Profiles.Read("""{ "linux": { "seccomp": { "defaultAction": "SCMP_ACT_LOG" } } }""").Container,
            Is.EqualTo(new ContainerFacts(false, false, false)));
    }

    /// <summary>Podman's own file, resolved for a container with Podman's capabilities, is what Podman wrote into a config.json.</summary>
    [Test]
    public void Podmans_profile_becomes_what_podman_writes()
    {
        if (!File.Exists(Profiles.Podman))
            Assert.Ignore($"{Profiles.Podman} is not installed");
        Host host = Host.From("x86_64", ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "NET_BIND_SERVICE", "SETFCAP", "SETGID",
            "SETPCAP", "SETUID", "SYS_CHROOT"], "6.1");
        ProfileEvaluator ours = new(ProfileReader.Read(Profiles.Podman, File.ReadAllBytes(Profiles.Podman), host), host.Native);
        ProfileDifference difference = ProfileDifference.Compare(ours, Profiles.OfFile("bundles/podman-default.json"));
        if (!difference.IsNone)
            Assert.Ignore("another version of Podman's: " + DifferenceText.Write(difference, ours));
    }

    [TestCase("x86_64", "SCMP_ARCH_X86_64")]
    [TestCase("SCMP_ARCH_S390X", "SCMP_ARCH_S390X")]
    [TestCase("arm64", "SCMP_ARCH_AARCH64")]
    [TestCase("ppc64le", "SCMP_ARCH_PPC64LE")]
    [TestCase("mips64le", "SCMP_ARCH_MIPSEL64")]
    [TestCase("vax", null)]
    [TestCase("", null)]
    public void Architectures_have_many_names(string text, string? name)
        => Assert.That(ArchitectureName.Find(text)?.Name, Is.EqualTo(name));

    [Test]
    public void Every_errno_has_its_name()
    {
        string header = string.Concat(new[] { "/usr/include/asm-generic/errno-base.h",
            "/usr/include/asm-generic/errno.h" }.Where(File.Exists).Select(File.ReadAllText));
        if (header.Length == 0)
            Assert.Ignore("the kernel's headers are not installed");
        int compared = 0;
        foreach (string[] words in header.Split('\n').Select(line => line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)))
            if (words is ["#define", ['E', ..] name, ['0' or '1' or '2' or '3' or '4' or '5' or '6' or '7' or '8' or '9', ..] number, ..])
            {
                compared++;
                uint errno = uint.Parse(number, System.Globalization.CultureInfo.InvariantCulture);
                Assert.That((ErrnoName.Find(errno), ErrnoName.Number(name)), Is.EqualTo((name, (uint?)errno)));
            }
        Assert.That(compared, Is.GreaterThan(130));
        Assert.That((ErrnoName.Find(0), ErrnoName.Find(41), ErrnoName.Find(134), ErrnoName.Number("-"), ErrnoName.Number("")),
            Is.EqualTo(((string?)null, (string?)null, (string?)null, (uint?)null, (uint?)null)));
    }
}
