package demo

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// Days is how many days of past orders the demo shop has.
const Days = 90

// shelves are the items of the demo shop: twelve shelves of five.
var shelves = []struct {
	code  string
	price string // of the first on the shelf; each further one costs a tenth more
	names [5]string
}{
	{"COF", "11.90", [5]string{"Coffee, Sidamo, 250 g", "Coffee, Antigua, 250 g", "Coffee, Huila, 250 g", "Espresso, house blend, 500 g", "Coffee, decaffeinated, 250 g"}},
	{"TEA", "7.40", [5]string{"Assam, 100 g", "Earl Grey, 100 g", "Sencha, 100 g", "Rooibos, 100 g", "Darjeeling, first flush, 100 g"}},
	{"CUP", "9.50", [5]string{"Cup, white, 200 ml", "Cup, blue, 200 ml", "Mug, stoneware, 350 ml", "Espresso cups, set of two", "Travel mug, 400 ml"}},
	{"POT", "24.00", [5]string{"Teapot, glass, 1 l", "Teapot, cast iron, 0.8 l", "Coffee server, 0.6 l", "French press, 1 l", "Moka pot, six cups"}},
	{"FIL", "4.20", [5]string{"Paper filters, 100", "Paper filters, large, 100", "Tea filters, 80", "Metal filter", "Cloth filter"}},
	{"GRI", "39.00", [5]string{"Hand grinder, small", "Hand grinder, steel", "Electric grinder", "Electric grinder, fine", "Grinder brush"}},
	{"KET", "32.50", [5]string{"Kettle, 1.2 l", "Kettle, gooseneck, 0.9 l", "Kettle, electric, 1 l", "Kettle, electric, gooseneck", "Camping kettle"}},
	{"SCA", "18.90", [5]string{"Kitchen scale", "Brewing scale with timer", "Pocket scale", "Measuring spoon", "Measuring cup"}},
	{"BIS", "3.60", [5]string{"Shortbread, 200 g", "Almond biscuits, 150 g", "Oat biscuits, 250 g", "Ginger nuts, 200 g", "Cocoa wafers, 150 g"}},
	{"CHO", "4.90", [5]string{"Chocolate, dark 70 %, 100 g", "Chocolate, milk, 100 g", "Drinking chocolate, 250 g", "Chocolate with sea salt, 100 g", "Cocoa nibs, 150 g"}},
	{"SYR", "6.80", [5]string{"Syrup, vanilla, 250 ml", "Syrup, caramel, 250 ml", "Honey, acacia, 250 g", "Maple syrup, 250 ml", "Agave syrup, 250 ml"}},
	{"GIF", "19.00", [5]string{"Gift box, tea", "Gift box, coffee", "Gift box, chocolate", "Starter set, filter coffee", "Starter set, tea"}},
}

// people are the 25 buyers of the demo shop.
var people = strings.Fields(`Amara.Okafor Ana.Souza Anders.Lund Aiko.Mori Bilal.Haddad Carmen.Ortega Chen.Wei
	Daniela.Rossi David.Cohen Elif.Demir Emeka.Obi Fatima.Zahra Greta.Vogel Hana.Novak Ivan.Petrov Jonas.Berg
	Kavya.Iyer Liam.Murphy Lucia.Fernandez Mateo.Silva Nadia.Karim Oluwaseun.Ade Priya.Nair Sofia.Costa Tomas.Dvorak`)

// item is an item of the demo shop.
type item struct {
	sku, name    string
	price        decimal.Decimal
	qty, reorder int
}

// catalog is the same at every call. A few items have run out or are about to.
func catalog() (items []item) {
	for shelf, g := range shelves {
		price := decimal.RequireFromString(g.price)
		for place, name := range g.names {
			n := shelf*len(g.names) + place
			item := item{
				sku: fmt.Sprintf("%s-%03d", g.code, place+1), name: name,
				price:   price.Mul(decimal.NewFromFloat(1 + float64(place)/10)).Round(1),
				qty:     60 + n*37%240,
				reorder: 20 + n%3*10,
			}
			switch n % 20 {
			case 7:
				item.qty = item.reorder / 3
			case 13:
				item.qty = 0
			}
			items = append(items, item)
		}
	}
	return items
}

// pastOrder is an order of the past. Its buyer is an index into people.
type pastOrder struct {
	id        string
	buyer     int
	status    string
	createdAt time.Time
	lines     []line
}

type line struct {
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
	Price    string `json:"price"`
}

func (o pastOrder) total() (sum decimal.Decimal) {
	for _, l := range o.lines {
		sum = sum.Add(decimal.RequireFromString(l.Price).Mul(decimal.NewFromInt(int64(l.Quantity))))
	}
	return sum
}

// week is the level of each weekday, from Sunday on: people shop at its end.
var week = [7]float64{0.62, 0.88, 0.84, 0.93, 1.04, 1.27, 1.42}

// outliers are the levels of unusual days: a sale, an outage, a mention in the
// press.
var outliers = map[int]float64{27: 3.1, 51: 0.1, 70: 2.7}

// history is the orders of the 90 days before today, oldest first, with growth and
// a weekly season. It is the same at every call on one day.
func history(today time.Time) (orders []pastOrder) {
	first := today.UTC().Truncate(24*time.Hour).AddDate(0, 0, -Days)
	dice := rand.New(rand.NewPCG(2, 7)) //nolint:gosec // a repeatable demo, no secrets
	items := catalog()
	for day := range Days {
		date := first.AddDate(0, 0, day)
		level := (22 + 0.17*float64(day)) * week[date.Weekday()]
		if factor, ok := outliers[day]; ok {
			level *= factor
		}
		count := int(math.Round(level * (1 + 0.06*dice.NormFloat64())))
		for n := range max(count, 1) {
			o := pastOrder{
				id:        fmt.Sprintf("DEMO-%s-%03d", date.Format("20060102"), n+1),
				buyer:     int(float64(len(people)) * math.Pow(dice.Float64(), 1.6)), // some buy more often
				status:    statusAt(Days-day, dice.Float64()),
				createdAt: date.Add(7*time.Hour + time.Duration(dice.Float64()*float64(15*time.Hour))).Truncate(time.Second),
			}
			for range 1 + dice.IntN(3) {
				item := items[int(float64(len(items))*math.Pow(dice.Float64(), 1.8))]
				if !slices.ContainsFunc(o.lines, func(l line) bool { return l.SKU == item.sku }) {
					o.lines = append(o.lines, line{item.sku, 1 + dice.IntN(3), item.price.StringFixed(2)})
				}
			}
			orders = append(orders, o)
		}
	}
	return orders
}

// statusAt is the status of an order after so many days.
func statusAt(age int, chance float64) string {
	switch {
	case chance < 0.06:
		return "cancelled"
	case age > 14:
		return "completed"
	case age > 6:
		return "delivered"
	case age > 2:
		return "shipped"
	}
	return "processing"
}

// itemRows, userRows and orderRows are the CSV files of the demo shop, each with
// its header.
func itemRows() [][]string {
	rows := [][]string{{"sku", "name", "qty", "price", "reorder_level"}}
	for _, i := range catalog() {
		rows = append(rows, []string{i.sku, i.name, strconv.Itoa(i.qty), i.price.StringFixed(2), strconv.Itoa(i.reorder)})
	}
	return rows
}

func userRows() [][]string {
	rows := [][]string{{"name", "email", "role", "is_active"}}
	for n, person := range people {
		active := strconv.FormatBool(n%12 != 11)
		rows = append(rows, []string{strings.ReplaceAll(person, ".", " "), emailOf(person), "user", active})
	}
	return rows
}

func emailOf(person string) string { return strings.ToLower(person) + "@example.com" }

// orderRows needs the ids of people by e-mail address.
func orderRows(today time.Time, ids map[string]int64) ([][]string, error) {
	rows := [][]string{{"id", "user_id", "total", "status", "items_json", "created_at"}}
	for _, o := range history(today) {
		id := ids[emailOf(people[o.buyer])]
		if id == 0 {
			return nil, fmt.Errorf("there is no user %s", emailOf(people[o.buyer]))
		}
		lines, err := json.Marshal(o.lines)
		if err != nil {
			return nil, err
		}
		rows = append(rows, []string{
			o.id, strconv.FormatInt(id, 10), o.total().StringFixed(2), o.status, string(lines), o.createdAt.Format(time.RFC3339),
		})
	}
	return rows, nil
}
