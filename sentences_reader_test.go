package microdemo

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// reader reads the sentences of one package.
type reader struct {
	files  *token.FileSet
	consts map[string]ast.Expr
	funcs  map[string]*ast.FuncDecl
	inside *ast.FuncDecl // what is being read
	said   map[string]string

	everything bool // also what only looks like a sentence for clients
}

func newReader(dir string, said map[string]string) (*reader, []*ast.File, error) {
	r := &reader{files: token.NewFileSet(), consts: map[string]ast.Expr{}, funcs: map[string]*ast.FuncDecl{}, said: said}
	pkg, err := build.ImportDir(dir, 0)
	if err != nil {
		return r, nil, nil //nolint:nilerr // no Go here
	}
	var files []*ast.File
	for _, name := range pkg.GoFiles {
		file, err := parser.ParseFile(r.files, filepath.Join(dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, nil, err
		}
		files = append(files, file)
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				r.funcs[n.Name.Name] = n
			case *ast.GenDecl:
				r.addConsts(n)
			}
			return true
		})
	}
	return r, files, nil
}

func (r *reader) addConsts(decl *ast.GenDecl) {
	if decl.Tok != token.CONST {
		return
	}
	for _, spec := range decl.Specs {
		if spec, ok := spec.(*ast.ValueSpec); ok {
			for i, value := range spec.Values {
				r.consts[spec.Names[i].Name] = value
			}
		}
	}
}

func (r *reader) read(files []*ast.File) {
	for _, file := range files {
		for _, decl := range file.Decls {
			r.inside, _ = decl.(*ast.FuncDecl)
			ast.Inspect(decl, r.visit)
		}
	}
}

// visit reads what is given to the functions and fields that clients hear, and
// every other text that reads like a sentence for them.
func (r *reader) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.Field:
		if n.Tag != nil {
			tag, _ := strconv.Unquote(n.Tag.Value)
			r.add(n.Tag, reflect.StructTag(tag).Get("patternDescription"))
		}
	case *ast.ImportSpec:
		return false
	case *ast.CallExpr:
		if calledName(n) == "NewAPI" { // the description of a service
			return false
		}
		if format, ok := map[string]int{"Errorf": 1, "InvalidField": 2, "Rejected": 1}[calledName(n)]; ok && len(n.Args) > format && !isFmt(n) {
			r.addAll(n, r.format(n.Args[format], n.Args[format+1:], 0))
			return false
		}
		if text, ok := map[string]int{"NewProblem": 2, "refuse": 3, "Skip": 1, "skip": 1}[calledName(n)]; ok && len(n.Args) > text {
			r.addAll(n, r.texts(n.Args[text], 0))
		}
		if isFmt(n) || calledName(n) == "Sprintf" {
			r.addIfSaid(n, r.texts(n, 0))
			return false
		}
	case *ast.KeyValueExpr:
		switch key, _ := n.Key.(*ast.Ident); {
		case key == nil:
		case key.Name == "Message" || key.Name == "Reason" || key.Name == "PatternDescription":
			r.addAll(n, r.texts(n.Value, 0))
			return false
		case key.Name == "Description" || key.Name == "Summary" || key.Name == "Help":
			return false
		}
	case *ast.AssignStmt:
		if field, ok := n.Lhs[0].(*ast.SelectorExpr); ok {
			switch field.Sel.Name {
			case "Message", "Reason":
				r.addAll(n, r.texts(n.Rhs[0], 0))
				return false
			case "Description":
				return false
			}
		}
	case *ast.BinaryExpr:
		if n.Op == token.ADD {
			r.addIfSaid(n, r.texts(n, 0))
			return false
		}
	case *ast.BasicLit:
		r.addIfSaid(n, r.texts(n, 0))
	}
	return true
}

func calledName(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// isFmt tells whether a call is fmt.Errorf or such.
func isFmt(call *ast.CallExpr) bool {
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	of, ok := f.X.(*ast.Ident)
	return ok && of.Name == "fmt"
}

func (r *reader) addAll(n ast.Node, texts []string) {
	for _, text := range texts {
		r.add(n, text)
	}
}

var (
	// place is where a message says it is about, which is said as it is.
	place = regexp.MustCompile(`^(?:[a-z_]+|%s)(?:\[%d\])?(?:\.(?:[a-z_]+|%s))?: (.*)$`)

	word     = regexp.MustCompile(`[A-Za-z]{2}`)
	sentence = regexp.MustCompile(`^[A-Z][^\n\t]* [^\n\t]*[.?]$`)
	expected = regexp.MustCompile(`^(?:[^\s]+: )?(?:un)?expected `)
	ofColumn = regexp.MustCompile(`^[a-z_]+: [a-z%]`)
	fromSQL  = regexp.MustCompile(`format\('([A-Z][^']*)'|'([A-Z][^']* )' \|\|`)
)

// addIfSaid adds texts that are for clients by what they look like.
func (r *reader) addIfSaid(n ast.Node, texts []string) {
	for _, text := range texts {
		if !r.everything || strings.Contains(text, "%w") {
			continue
		}
		if sentence.MatchString(text) || expected.MatchString(text) || ofColumn.MatchString(text) {
			r.add(n, text)
		}
		for _, m := range fromSQL.FindAllStringSubmatch(text, -1) {
			if m[1] != "" {
				r.add(n, m[1])
			} else {
				r.add(n, m[2]+"%s")
			}
		}
	}
}

func (r *reader) add(n ast.Node, text string) {
	if m := place.FindStringSubmatch(text); m != nil {
		text = m[1]
	}
	if strings.Contains(verbs.ReplaceAllString(text, ""), " ") && word.MatchString(verbs.ReplaceAllString(text, "")) {
		r.said[text] = r.files.Position(n.Pos()).String()
	}
}

const unknown = "%s" // what only a run knows

// texts are what an expression can be, as formats.
func (r *reader) texts(e ast.Expr, depth int) []string {
	if depth > 6 {
		return []string{unknown}
	}
	switch e := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return []string{text}
		}
	case *ast.ParenExpr:
		return r.texts(e.X, depth)
	case *ast.BinaryExpr:
		var all []string
		for _, left := range r.texts(e.X, depth+1) {
			for _, right := range r.texts(e.Y, depth+1) {
				all = append(all, left+right)
			}
		}
		return all
	case *ast.Ident:
		if value, ok := r.consts[e.Name]; ok {
			return r.texts(value, depth+1)
		}
		return r.assigned(e.Name, depth)
	case *ast.CallExpr:
		switch name := calledName(e); {
		case len(e.Args) > 0 && (name == "Sprintf" || name == "Errorf" && isFmt(e)):
			return r.format(e.Args[0], e.Args[1:], depth+1)
		case r.funcs[name] != nil && r.funcs[name].Body != nil:
			return r.returned(r.funcs[name], depth)
		}
	}
	return []string{unknown}
}

// assigned are the texts that a variable is given in the function that is read.
func (r *reader) assigned(name string, depth int) []string {
	var all []string
	if r.inside == nil {
		return []string{unknown}
	}
	ast.Inspect(r.inside, func(n ast.Node) bool {
		set, ok := n.(*ast.AssignStmt)
		if !ok || set.Tok == token.ADD_ASSIGN || len(set.Lhs) != len(set.Rhs) {
			return true
		}
		for i, to := range set.Lhs {
			if to, ok := to.(*ast.Ident); ok && to.Name == name {
				all = append(all, r.texts(set.Rhs[i], depth+1)...)
			}
		}
		return true
	})
	return known(all)
}

// returned are the texts that a function returns.
func (r *reader) returned(f *ast.FuncDecl, depth int) []string {
	outer := r.inside
	defer func() { r.inside = outer }()
	r.inside = f
	var all []string
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if back, ok := n.(*ast.ReturnStmt); ok && len(back.Results) == 1 {
			all = append(all, r.texts(back.Results[0], depth+1)...)
		}
		return true
	})
	return known(all)
}

// known are those of texts that say something; unknown if none does.
func known(texts []string) []string {
	slices.Sort(texts)
	texts = slices.DeleteFunc(slices.Compact(texts), func(text string) bool { return !word.MatchString(verbs.ReplaceAllString(text, "")) })
	if len(texts) == 0 {
		return []string{unknown}
	}
	return texts
}

// format fills into a format the values that are known.
func (r *reader) format(format ast.Expr, args []ast.Expr, depth int) []string {
	all := r.texts(format, depth)
	for i := len(args) - 1; i >= 0; i-- { // so that what was filled in moves no verb to come
		var filled []string
		for _, text := range all {
			places := verbs.FindAllStringIndex(text, -1)
			if i >= len(places) || text[places[i][0]:places[i][1]] != "%s" {
				filled = append(filled, text)
				continue
			}
			for _, value := range r.texts(args[i], depth+1) {
				filled = append(filled, text[:places[i][0]]+value+text[places[i][1]:])
			}
		}
		all = filled
	}
	return all
}
