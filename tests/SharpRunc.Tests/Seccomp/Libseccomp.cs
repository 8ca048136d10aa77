using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Spec;
using SharpRunc.Linux.Bpf;

namespace SharpRunc.Tests.Seccomp;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// The system's libseccomp as the evaluator: Data/seccomp/oracle.c is compiled into a temporary folder and does with a profile what
/// runc does with it. Nothing of this ships.
/// </summary>
internal sealed class Libseccomp : IDisposable
{
    private static readonly string[] Operators = ["", "SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ", "SCMP_CMP_GE",
        "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ"];

    private static readonly uint[] Actions =
    [
        SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP, SECCOMP_RET_ERRNO, SECCOMP_RET_USER_NOTIF, SECCOMP_RET_TRACE,
            SECCOMP_RET_LOG,
        SECCOMP_RET_ALLOW,
    ];

    /// <summary>Another libseccomp than the system's: where it is installed.</summary>
    private static readonly string? Home = Environment.GetEnvironmentVariable("SHARPRUNC_LIBSECCOMP");

    private readonly string _folder = Directory.CreateTempSubdirectory("sharprunc-libseccomp-").FullName;
    private readonly StringBuilder _input = new();
    private int _profiles;

    public Libseccomp()
    {
        try
        {
            string[] newer = Home is null ? [] : [$"-I{Home}/include", $"-L{Home}/lib"];
            Run("gcc", "", false, ["-O1", "-o", Path.Combine(_folder, "oracle"),
                Path.Combine(AppContext.BaseDirectory, "Data/seccomp/oracle.c"), .. newer, "-lseccomp"]);
        }
        catch (Exception e)
        {
            Dispose();
            throw new NotSupportedException("needs gcc and libseccomp-dev: " + e.Message);
        }
    }

    /// <summary>Queues a profile, as runc on a machine of this architecture hands it to libseccomp.</summary>
    public void Add(Core.Spec.Seccomp profile, Architecture native)
    {
        uint otherwise = Decision.FromDefault(profile);
        _input.Append($"default {otherwise:x}\n");
        if (native != Architecture.Native)
            _input.Append($"native {TheirName(native.Name)}\n");
        foreach (string architecture in profile.Architectures)
            _input.Append($"arch {TheirName(architecture)}\n");
        for (int i = 0; i < profile.Syscalls.Length; i++)
        {
            SeccompRule rule = profile.Syscalls[i];
            uint action = Decision.FromRule(rule, i);
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

    /// <summary>The programs of the queued profiles, in the byte order of this machine; null for one that libseccomp refused.</summary>
    /// <param name="tree">With the binary search that runc asks for where a profile has more than 32 rules.</param>
    public Instruction[]?[] Compile(bool tree = false)
    {
        string[] results = Run(Path.Combine(_folder, "oracle"), _input.ToString(), tree).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (results.Length != _profiles)
            throw new InvalidOperationException($"{results.Length} answers for {_profiles} profiles");
        Instruction[]?[] programs = new Instruction[]?[_profiles];
        for (int i = 0; i < _profiles; i++)
            programs[i] = results[i] == "0" ? Parse(File.ReadAllBytes(Path.Combine(_folder, $"{i}.bpf"))) : null;
        return programs;
    }

    /// <summary>
    /// Numbers of names, architecture by architecture; negative where there is none; null for an architecture that this libseccomp is too
    /// old for.
    /// </summary>
    public Dictionary<Architecture, int[]?> Numbers(IReadOnlyList<Architecture> architectures, IReadOnlyList<string> names)
    {
        StringBuilder input = new();
        foreach (Architecture architecture in architectures)
            foreach (string name in names)
                input.Append($"known {TheirName(architecture.Name)} {name}\n");
        string[] lines = Run(Path.Combine(_folder, "oracle"), input.ToString(), false).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Dictionary<Architecture, int[]?> numbers = [];
        for (int i = 0; i < architectures.Count; i++)
        {
            string[] row = lines[(i * names.Count)..((i + 1) * names.Count)];
            numbers[architectures[i]] = row is ["*", ..] ? null
                : Array.ConvertAll(row, line => int.Parse(line, CultureInfo.InvariantCulture));
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

    private static string TheirName(string architecture) => architecture["SCMP_ARCH_".Length..].ToLowerInvariant();

    /// <summary>
    /// For a machine of the other byte order libseccomp swaps what it exports, which begins with the load of the architecture.
    /// </summary>
    private static Instruction[] Parse(byte[] bytes)
    {
        Instruction[] program = Verdict.Parse(bytes);
        return program[0].K < 64 ? program
            : Array.ConvertAll(program, i => i with { Code = BinaryPrimitives.ReverseEndianness(i.Code), K = Swapped(i) });
    }

    /// <summary>A return that it copied, to bring it within a jump's reach, it has swapped twice.</summary>
    private static uint Swapped(Instruction i)
    {
        uint swapped = BinaryPrimitives.ReverseEndianness(i.K);
        bool isReturn = BinaryPrimitives.ReverseEndianness(i.Code) == (BPF_RET | BPF_K);
        return isReturn && !Array.Exists(Actions, action => action == (swapped & SECCOMP_RET_ACTION_FULL)) ? i.K : swapped;
    }

    private static string Run(string file, string input, bool tree, params string[] arguments)
    {
        System.Diagnostics.ProcessStartInfo start = new(file, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true
        };
        if (tree)
            start.Environment["TREE"] = "1";
        if (Home is not null)
            start.Environment["LD_LIBRARY_PATH"] = Path.Combine(Home, "lib");
        using System.Diagnostics.Process process = System.Diagnostics.Process.Start(start)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        string output = process.StandardOutput.ReadToEnd(), errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{file}: {errors}");
    }
}
