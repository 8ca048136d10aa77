using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using NUnit.Framework;
using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Spec;
using SharpRunc.Linux.Bpf;

namespace SharpRunc.Tests.Seccomp;

/// <summary>
/// The system's libseccomp as the judge: Data/seccomp/oracle.c is compiled into a temporary folder and does with a profile what
/// runc does with it. Nothing of this ships.
/// </summary>
internal sealed class Libseccomp : IDisposable
{
    private static readonly string[] Operators = ["", "SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ"];
    private readonly string _folder = Directory.CreateTempSubdirectory("sharprunc-libseccomp-").FullName;
    private readonly StringBuilder _input = new();
    private int _profiles;

    public Libseccomp()
    {
        try
        {
            Start("gcc", "-O1", "-o", Path.Combine(_folder, "oracle"), Path.Combine(AppContext.BaseDirectory, "Data/seccomp/oracle.c"), "-lseccomp");
        }
        catch (Exception e)
        {
            Dispose();
            Assert.Ignore("needs gcc and libseccomp-dev: " + e.Message);
        }
    }

    /// <summary>Queues a profile, as runc hands it to libseccomp.</summary>
    public void Add(Core.Spec.Seccomp profile)
    {
        uint otherwise = Decision.OfDefault(profile);
        _input.Append($"default {otherwise:x}\n");
        foreach (string architecture in profile.Architectures)
            _input.Append($"arch {architecture["SCMP_ARCH_".Length..].ToLowerInvariant()}\n");
        for (int i = 0; i < profile.Syscalls.Length; i++)
        {
            SeccompRule rule = profile.Syscalls[i];
            uint action = Decision.OfRule(rule, i);
            if (action == otherwise)
                continue;
            foreach (string name in rule.Names)
                foreach (SeccompArg[] args in Alternatives(rule.Args))
                {
                    _input.Append($"rule {name} {action:x} {args.Length}");
                    foreach (SeccompArg arg in args)
                        _input.Append($" {arg.Index} {Array.IndexOf(Operators, arg.Op)} {arg.Value:x} {arg.ValueTwo:x}");
                    _input.Append('\n');
                }
        }
        _input.Append($"end {Path.Combine(_folder, $"{_profiles++}.bpf")}\n");
    }

    /// <summary>The programs of the queued profiles; null for one that libseccomp refused.</summary>
    public List<Instruction[]?> Compile()
    {
        string[] results = Start(Path.Combine(_folder, "oracle")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(results, Has.Length.EqualTo(_profiles));
        List<Instruction[]?> programs = [];
        for (int i = 0; i < _profiles; i++)
            programs.Add(results[i] == "0" ? Verdict.Parse(File.ReadAllBytes(Path.Combine(_folder, $"{i}.bpf"))) : null);
        return programs;
    }

    /// <summary>Numbers by name on x86_64, x86 and x32, −1 for a name that this libseccomp does not know at all.</summary>
    public Dictionary<string, int[]> Numbers(IEnumerable<string> names)
    {
        StringBuilder input = new("default 0\n");
        foreach (string name in names)
            input.Append($"known {name}\n");
        Dictionary<string, int[]> numbers = [];
        foreach (string line in Run(Path.Combine(_folder, "oracle"), input.ToString()).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] words = line.Split(' ');
            numbers[words[0]] = Array.ConvertAll(words[1..], word => int.Parse(word, CultureInfo.InvariantCulture));
        }
        return numbers;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>An argument that occurs twice makes each condition a rule of its own (runc, matchCall).</summary>
    private static SeccompArg[][] Alternatives(SeccompArg[] args)
    {
        HashSet<uint> seen = [];
        if (Array.TrueForAll(args, arg => seen.Add(arg.Index)))
            return [args];
        return Array.ConvertAll(args, arg => new[] { arg });
    }

    private string Start(string file, params string[] arguments) => Run(file, _input.ToString(), arguments);

    private static string Run(string file, string input, params string[] arguments)
    {
        using System.Diagnostics.Process process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(file, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        string output = process.StandardOutput.ReadToEnd(), errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{file}: {errors}");
    }
}
