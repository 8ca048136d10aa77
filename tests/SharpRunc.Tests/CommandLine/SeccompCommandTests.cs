using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Core.Seccomp;
using SharpRunc.Linux.Bpf;
using SharpRunc.Tests.Seccomp;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.CommandLine;

/// <summary>sharprunc seccomp from outside, and under hostile files.</summary>
internal sealed class SeccompCommandTests : SeccompCommand
{
    private static JsonNode Json(params string[] args)
    {
        Binary.Result result = Run(args);
        Assert.That(result.Error, Is.Empty);
        return JsonNode.Parse(result.Output)!;
    }

    [Test]
    public void A_program_is_printed_in_three_ways_and_they_are_one_program()
    {
        byte[] expected = SeccompCompiler.Compile(ProfileFile.Read("bundles/docker-default.json"))!.Instructions;
        Assert.That(Run("compile", "--format", "raw", "--output", work["bpf"], Docker), Is.EqualTo(new Binary.Result(0, "", "")));
        Assert.That(File.ReadAllBytes(work["bpf"]), Is.EqualTo(expected));
        string[] hex = Run("compile", "-f", "hex", Docker).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(hex[0], Is.EqualTo("0020 00 00 00000004"));
        JsonNode json = Json("compile", "--json", Docker);
        Assert.That((int)json["count"]!, Is.EqualTo(expected.Length / 8).And.EqualTo(hex.Length));
        for (int i = 0; i < hex.Length; i++)
        {
            Instruction one = Verdict.Parse(expected)[i];
            Assert.That(hex[i], Is.EqualTo($"{one.Code:x4} {one.Yes:x2} {one.No:x2} {one.K:x8}"));
            JsonNode told = json["instructions"]![i]!;
            Assert.That(((int)told["code"]!, (int)told["jt"]!, (int)told["jf"]!, (uint)told["k"]!),
                Is.EqualTo(((int)one.Code, (int)one.Yes, (int)one.No, one.K)));
        }
        Assert.That(Run("compile", Docker).Output, Does.StartWith("   0  ld [4] ").And.Contain("\n; SCMP_ARCH_X86\n")
            .And.Contain("ret ERRNO(1 EPERM)\n"));
        Assert.That(Run("compile", "--format", "xml", Docker).Error, Does.Contain("invalid format"));
        string unknown =
            Write("p", """{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "names": ["opne"], "action": "SCMP_ACT_LOG" }] }""");
        Assert.That(Run("compile", unknown).Error, Does.Contain("level=warning").And.Contain("opne"));
    }

    [Test]
    public void A_decision_is_explained_as_text_and_as_json()
    {
        Assert.That(Run("explain", Docker, "personality", "-1", "--for", "i386").Output,
            Is.EqualTo("x86  personality (136)  ALLOW  syscalls[6]\n"));
        JsonNode json = Json("explain", "--json", Docker, "clone"), first = json["decisions"]![0]!;
        Assert.That(json["decisions"]!.AsArray(), Has.Count.EqualTo(3));
        Assert.That(((string)first["architecture"]!, (int)first["number"]!), Is.EqualTo(("SCMP_ARCH_X86_64", 56)));
        Assert.That(first["cases"]!.ToJsonString(), Is.EqualTo("""
            [{"conditions":["arg0 \u0026 0x7e020000 == 0"],"action":"SCMP_ACT_ALLOW","reason":"syscalls[9]","rule":9,"pointer":"/linux/seccomp/syscalls/9"},{"conditions":[],"action":"SCMP_ACT_ERRNO","errno":1,"errnoName":"EPERM","reason":"the default"}]
            """));
        Assert.That((string)Json("explain", "--json", Moby, "socket", "40")["decisions"]![2]!["through"]!, Is.EqualTo("socketcall(1)"));
    }

    [Test]
    public void An_empty_profile_is_explained_as_no_filter()
    {
        string empty = Write("empty", """{ "linux": { "seccomp": {} } }""");
        Assert.That(Run("explain", empty, "clone"),
            Is.EqualTo(new Binary.Result(0, "the profile is empty: no filter is loaded, and every call is allowed\n", "")));
        JsonNode json = Json("explain", "--json", empty, "clone");
        Assert.That(((string)json["call"]!, json["decisions"]!.AsArray().Count, (string)json["notes"]![0]!),
            Is.EqualTo(("clone", 0, "the profile is empty: no filter is loaded, and every call is allowed")));
    }

    [Test]
    public void A_bundle_a_config_and_standard_input_are_profiles()
    {
        Directory.CreateDirectory(work["bundle"]);
        File.Copy(Docker, work["bundle/config.json"]);
        string expected = Run("explain", Docker, "clone").Output;
        Assert.That(Run("explain", work["bundle"], "clone").Output, Is.EqualTo(expected));
        Assert.That(Binary.Run("seccomp", "explain", work["bundle/"], "clone").Output, Is.EqualTo(expected));
        // Standard input is empty.
        Assert.That(Run("explain", "-", "clone").Error, Does.Contain("stdin:1:1: not valid JSON"));
        Assert.That(Run("explain", work["none"], "clone").Error,
            Does.Contain($"cannot open the profile: openat {work["none"]}: no such file or directory"));
        Assert.That(Run("explain", Write("broken", "{\"defaultAction\": \"FROB\"}"), "clone").Error,
            Does.Contain("broken: /defaultAction: seccomp: unknown action").And.Contain("pointer=\"/defaultAction\"")
            .Or.Contain("pointer=/defaultAction"));
    }

    [TestCase(0, """{ "names": ["mount"], "action": "SCMP_ACT_LOG" }""")]
    [TestCase(0, """{ "names": ["mount"], "action": "SCMP_ACT_ALLOW" }""", "--strict")]
    [TestCase(0, """{ "names": ["mnt"], "action": "SCMP_ACT_LOG" }""")]
    [TestCase(1, """{ "names": ["mnt"], "action": "SCMP_ACT_LOG" }""", "--strict")]
    [TestCase(1, """{ "names": ["execve"], "action": "SCMP_ACT_ERRNO" }""")]
    [TestCase(1, """{ "names": ["mount"], "action": "SCMP_ACT_FROB" }""")]
    [TestCase(2, """{ "names": "mount" }""")]
    public void Checks_status_says_what_is_there(int status, string rule, params string[] flags)
    {
        string file = Write("p", $$"""{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{{rule}}] }""");
        Assert.That(Run(["check", file, .. flags]).ExitCode, Is.EqualTo(status));
        if (status < 2)
            Assert.That((int)Json("check", "--json", file)["errors"]!, Is.EqualTo(flags.Length == 0 ? status : 0));
        Assert.That(Run("check").ExitCode, Is.EqualTo(2));
    }

    [Test]
    public void Diffs_status_is_that_of_diff()
    {
        Assert.That(Run("diff", Docker, Docker), Is.EqualTo(new Binary.Result(0, "", "")));
        Binary.Result different = Run("diff", Docker, Moby);
        Assert.That(different.ExitCode, Is.EqualTo(1));
        Assert.That(different.Output,
            Does.Contain("x86_64, x86, x32: io_uring_setup, io_uring_enter, io_uring_register: ALLOW → ERRNO(1 EPERM)\n"));
        Assert.That(Run("diff", Docker, work["none"]).ExitCode, Is.EqualTo(2));
        Assert.That(Run("diff", Docker).ExitCode, Is.EqualTo(2));
        Assert.That(Run("diff", "--frob").ExitCode, Is.EqualTo(2));
        JsonNode json = Json("diff", "--json", Docker, Moby);
        Assert.That((bool)json["same"]!, Is.False);
        Assert.That(json["changes"]!.AsArray(), Is.Not.Empty);
        Assert.That((bool)Json("diff", "--json", Docker, Docker)["same"]!);
    }

    /// <summary>The example of README.md is what the program says.</summary>
    [Test]
    public void The_readme_says_what_is_true()
    {
        Directory.CreateDirectory(work["bundle"]);
        File.Copy(Docker, work["bundle/config.json"]);
        Write("mine.json", """
            { "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
              { "names": ["mount", "umount2", "opne"], "action": "SCMP_ACT_ERRNO" }, { "names": ["execve"], "action": "SCMP_ACT_ERRNO" },
              { "names": ["umount2"], "action": "SCMP_ACT_LOG" } ] }
            """);
        JsonNode theirs = JsonNode.Parse(File.ReadAllText(Docker))!["linux"]!["seccomp"]!;
        JsonArray rules = (JsonArray)theirs["syscalls"]!, names = (JsonArray)rules[0]!["names"]!;
        names.Remove(names.First(name => (string)name! == "uname"));
        ((JsonObject)rules[9]!).Remove("args");
        Write("theirs.json", theirs.ToJsonString());
        string told = "", block = Readme.Block("console", "sharprunc seccomp explain");
        foreach (string line in block.Split('\n').Where(line => line.StartsWith("$ ", StringComparison.Ordinal)))
            told += line + "\n" + Binary.Run(line.Split(' ')[2..], null, work.Path).Output;
        Assert.That(told, Is.EqualTo(block));
    }

    [Test]
    public void Help_is_there_for_each_command()
    {
        Assert.That(Binary.Run("seccomp", "--help").Output, Does.Contain("\n   explain     "));
        Assert.That(Binary.Run("help", "seccomp", "explain").Output, Is.EqualTo(Run("explain", "--help").Output)
            .And.Contain("sharprunc seccomp explain [command options] <profile> <syscall> [argument...]"));
        Assert.That(Run("frob").Error, Does.Contain("no seccomp command"));
        Assert.That(Run("frob").ExitCode, Is.EqualTo(1));
    }
}
