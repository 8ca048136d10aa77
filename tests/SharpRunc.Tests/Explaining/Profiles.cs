using System;
using System.IO;
using System.Text;
using SharpRunc.Core.Explaining;

namespace SharpRunc.Tests.Explaining;

/// <summary>Profiles as the commands read them.</summary>
internal static class Profiles
{
    public const string Podman = "/usr/share/containers/seccomp.json";

    /// <summary>Nothing in it depends on this machine.</summary>
    public static readonly Host Host = Host.From("x86_64", [], "6.1.0-13-amd64");

    public static ProfileDocument Read(string json, Host? host = null)
        => ProfileReader.Read("p.json", Encoding.UTF8.GetBytes(json), host ?? Host);

    public static ProfileEvaluator Evaluator(string json, Host? host = null) => new(Read(json, host), (host ?? Host).Native);

    /// <summary>One of <see cref="Seccomp.ProfileFile.All"/>.</summary>
    public static ProfileEvaluator OfFile(string file, Core.Seccomp.Architecture? native = null)
        => new(ProfileReader.Read(file, File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Data", file)), Host),
            native ?? Core.Seccomp.Architecture.X86_64);

    public static ProfileEvaluator Of(Core.Spec.Seccomp profile, Core.Seccomp.Architecture native)
        => new(new ProfileDocument("p.json", "", profile), native);

    public static string Explain(ProfileEvaluator evaluator, string call, params string[] arguments)
        => ExplanationText.Write(Explanation.Explain(evaluator, call, Argument.ParseAll(arguments),
            evaluator.Profile.Architectures.ConvertAll(rules => rules.Architecture)), evaluator);
}
